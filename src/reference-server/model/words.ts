/** Words that start a line or a message, where no space comes before them. */
export const openingWords = `
  system user assistant
  A An And Answer Are As Continue Describe Do Explain For Give Hello How I If In Is It List My
  Please Question Reply Say Show Summarize System Tell The There They This To User We What When
  Where Which Who Why Write You Your
`
  .trim()
  .split(/\s+/);

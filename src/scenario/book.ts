/** The words of which prompts are made. */

/**
 * Words for one server: n of them, joined by spaces and sent as one user message, count
 * `n + overheadTokens` tokens in the server's tokenizer.
 */
export interface PromptBook {
  /** All different. */
  readonly words: readonly string[];
  /** Tokens that the chat template adds to a single user message. */
  readonly overheadTokens: number;
  /** False when the server has no tokenizer to ask: then lengths are approximate. */
  readonly exact: boolean;
}

const WORDS = `
  about above across action after again against age air all almost along also always among amount
  animal another answer any area arm around art ask away baby back bad ball bank base bear beautiful
  because become bed before began behind best better between big bird black blood blue board boat body
  book both bottom bought box boy branch bread break bright bring brother brought brown build business
  buy call came can car care carry case catch caught cause cell center century certain chair chance
  change check chief child children choose church circle city class clean clear close clothes cloud
  coast cold color come common company compare complete condition consider contain control cook cool
  copy corn corner correct cost country course cover create cross crowd current cut dance dark day dead
  deal death decide deep degree describe desert design did differ difficult direct discuss distance
  divide doctor does dog dollar done door double down draw dream dress drink drive drop dry during each
  early earth ease east edge effect egg eight electric element else end enemy energy engine enough enter
  equal even evening event ever every exact example except excite exercise expect experience express eye
  face fact fair fall family famous far farm fast father favor fear feed feel feet fell few field fight
  figure fill final find fine finger finish fire first fish five flat floor flow flower fly follow food
  foot force forest form forward found four free fresh friend from front fruit full fun game garden gas
  gather gave general gentle girl give glad glass gold gone good govern grand grass gray great green
  ground group grow guess guide had hair half hand happen happy hard has hat have head hear heart heat
  heavy held help her here high hill him his history hit hold hole home hope horse hot hour house huge
  human hundred hunt hurry ice idea imagine inch include indicate industry insect instant interest iron
  island job join joy jump just keep kept key kill kind king knew know lady lake land language large last
`;

/**
 * The book for servers that have no tokenizer: common English words, most of them one token after a space in the vocabularies in use. The
 * overhead is a usual chat template's; both are estimates.
 */
export const defaultBook: PromptBook = {
  words: WORDS.trim().split(/\s+/),
  overheadTokens: 8,
  exact: false,
};

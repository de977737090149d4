/** Keeping keys and passwords out of everything that is shown or written. */

const HIDDEN = "***";

/** Replaces these secrets, bearer tokens, and passwords in URLs by `***`. */
export function removeSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== "") clean = clean.replaceAll(secret, HIDDEN);
  }
  return clean
    .replace(/\b(bearer)\s+[^\s"',]+/gi, `$1 ${HIDDEN}`)
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/"']+@/gi, `$1${HIDDEN}@`);
}

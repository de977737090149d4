/** What went wrong with a TLS connection, by its error code, in words and with what to do next. */

export interface TlsWords {
  readonly what: string;
  readonly hint: string;
}

/** First match wins: the server's alerts, which Node names after OpenSSL, then Node's own checks. */
const ROWS: readonly (TlsWords & { readonly code: RegExp })[] = [
  {
    code: /^ERR_SSL_.*(ALERT_CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE)/,
    what: "the server ended the TLS handshake; it may want a client certificate",
    hint: "Give one with --cert FILE and --key FILE (PEM).",
  },
  {
    code: /^ERR_SSL_.*ALERT_(BAD_CERT|UNKNOWN_CA|CERT|UNSUPPORTED_CERT|ACCESS_DENIED)/,
    what: "the server refused our client certificate",
    hint: "Check --cert and --key: is it still valid, and of an authority that the server trusts?",
  },
  {
    code: /^ERR_SSL_.*UNRECOGNIZED_NAME/,
    what: "the server does not know the name that it was asked for (SNI)",
    hint: "Say which one with --servername NAME.",
  },
  {
    code: /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)/,
    what: "the TLS handshake failed: the port may speak plain HTTP",
    hint: "Check https:// against http://.",
  },
  {
    code: /^CERT_HAS_EXPIRED$/,
    what: "its TLS certificate has expired",
    hint: "Renew it, and check this machine's clock; --insecure measures all the same.",
  },
  {
    code: /^CERT_NOT_YET_VALID$/,
    what: "its TLS certificate is not valid yet",
    hint: "Check this machine's clock; --insecure measures all the same.",
  },
  {
    code: /ALTNAME_INVALID$/,
    what: "its TLS certificate is for another name",
    hint: "Use a name that it is for, or give one with --servername NAME.",
  },
  {
    code: /CERT|SELF_SIGNED|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$/,
    what: "its TLS certificate is not trusted",
    hint: "Give its authority's certificate with --cacert FILE, or measure all the same with --insecure.",
  },
  {
    code: /^(ERR_SSL|ERR_TLS|EPROTO)/,
    what: "the TLS handshake failed",
    hint: "Check https:// against http://: the port may speak plain HTTP.",
  },
];

/** Undefined for codes that are not of TLS. */
export function tlsWords(code: string): TlsWords | undefined {
  return ROWS.find((row) => row.code.test(code));
}

/**
 * OpenSSL's reason, without its addresses and file names, where the error has one; without the advice
 * on flags of Node that newer versions of it append, which nobody can give to Plimsoll.
 */
export function tlsReason(error: Error): string {
  const reason =
    "reason" in error && typeof error.reason === "string" ? error.reason : error.message;
  return reason.replace(/; if the root CA is installed locally, try running Node\.js.*$/s, "");
}

/** Errors as OpenSSL's own server and Node's client gave them, and what is made of them. */
import { expect, it } from "vitest";
import { failureOf } from "../../src/protocol/failure.ts";

const alerts: readonly (readonly [code: string, reason: string, says: RegExp])[] = [
  // TLS 1.2 and 1.3 without a client certificate, and with one of an unknown authority.
  [
    "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    "sslv3 alert handshake failure",
    /may want a client certificate \(sslv3 alert handshake failure\)\. Give one with --cert/,
  ],
  [
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "tlsv13 alert certificate required",
    /may want a client certificate/,
  ],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "tlsv1 alert unknown ca", /refused our client certificate/],
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "sslv3 alert bad certificate", /refused our client/],
  ["ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "tlsv1 unrecognized name", /--servername NAME/],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number", /plain HTTP.*https:\/\/ against/],
  ["EPROTO", "unsupported protocol", /the TLS handshake failed \(unsupported protocol\)/],
];

it.each(alerts)("%s is a failure to connect by TLS, with what to do", (code, reason, says) => {
  const error = Object.assign(new Error(`8000:error:0A00:SSL routines::${reason}:../deps`), {
    code,
    reason,
  });
  expect(failureOf(error, false)).toEqual({
    failure: "connect_tls",
    message: expect.stringMatching(says) as string,
  });
});

it("Node's advice on its own flags, which newer versions append, is left out", () => {
  const error = Object.assign(
    new Error(
      "self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca",
    ),
    { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  );
  expect(failureOf(error, false).message).toMatch(
    /^its TLS certificate is not trusted \(self-signed certificate\)\. Give its/,
  );
});

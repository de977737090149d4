/** PEM files that flags name, checked before anything starts. */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf, usageError } from "../../../core/errors.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/;

/** What a flag named, and what is in it. */
interface PemFile {
  /** `--cacert ca.pem`, for messages. */
  readonly place: string;
  readonly text: string;
}

/** @throws usage error when the file cannot be read, or a certificate in it, or has none */
export function readAuthorities(path: string, cwd: string): string {
  const file = readPem("--cacert", path, cwd);
  certificatesIn(file);
  return file.text;
}

/**
 * @param keyPath absent: the key is in the certificate's file, as curl has it
 * @throws usage error when a file cannot be read, or the key is not that of the certificate
 */
export function readClientCertificate(
  certPath: string,
  keyPath: string | undefined,
  cwd: string,
): { readonly cert: string; readonly key: string } {
  const cert = readPem("--cert", certPath, cwd);
  const [own] = certificatesIn(cert);
  const key = keyPath === undefined ? cert : readPem("--key", keyPath, cwd);
  if (own?.checkPrivateKey(privateKeyIn(key)) !== true) {
    throw usageError(
      `${key.place}: the key is not that of the certificate in ${cert.place}`,
      "The certificate that is ours must come first in its file, and the key must be made with it.",
    );
  }
  return { cert: cert.text, key: key.text };
}

function readPem(flag: string, path: string, cwd: string): PemFile {
  const place = `${flag} ${path}`;
  try {
    return { place, text: readFileSync(resolve(cwd, path), "utf8") };
  } catch (error) {
    const why = messageOf(error).split(",")[0] ?? "";
    throw usageError(`${place}: the file cannot be read: ${why}`, undefined, error);
  }
}

function certificatesIn({ place, text }: PemFile): readonly X509Certificate[] {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    const begin = "-----BEGIN CERTIFICATE-----";
    throw usageError(
      `${place}: there is no certificate in it`,
      `Certificates are read as PEM (${begin}); \`openssl x509 -inform der -in FILE\` makes it of DER.`,
    );
  }
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw usageError(`${place}: certificate ${i + 1} in it is broken`, messageOf(error), error);
    }
  });
}

function privateKeyIn({ place, text }: PemFile): KeyObject {
  if (!PRIVATE_KEY.test(text)) {
    throw usageError(
      `${place}: there is no private key in it`,
      "Give the key's own file with --key FILE (PEM).",
    );
  }
  try {
    return createPrivateKey(text);
  } catch (error) {
    const locked = /passphrase|encrypted/i.test(messageOf(error));
    throw usageError(
      `${place}: the private key ${locked ? "is encrypted" : "is broken"}`,
      locked ? "Decrypt it for this use: `openssl pkey -in FILE -out KEY`" : messageOf(error),
      error,
    );
  }
}

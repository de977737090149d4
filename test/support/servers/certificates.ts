/** Real certificates, made for the test: an authority, and what it issues. */
import { generate } from "selfsigned";

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

const DAY = 86_400_000;
const EC = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

export async function makeAuthority(name = "Plimsoll Test CA"): Promise<Issued> {
  const made = await generate([{ name: "commonName", value: name }], {
    ...EC,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

export interface Wanted {
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
}

/** A certificate for servers and clients alike; without an authority it vouches for itself. */
export async function issue(by: Issued | undefined, wanted: Wanted = {}): Promise<Issued> {
  const { names = ["localhost"], addresses = ["127.0.0.1", "::1"], from = -1, until = 30 } = wanted;
  const made = await generate([{ name: "commonName", value: names[0] ?? "nobody" }], {
    ...EC,
    ...(by !== undefined && { ca: by }),
    notBeforeDate: new Date(Date.now() + from * DAY),
    notAfterDate: new Date(Date.now() + until * DAY),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true },
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          ...names.map((value) => ({ type: 2, value }) as const),
          ...addresses.map((ip) => ({ type: 7, ip }) as const),
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

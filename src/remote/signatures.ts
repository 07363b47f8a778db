import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';

/** What is signed: this, then the text of the record. So a signature of a record is one of nothing else. */
const preamble = 'distillery-record-1\0';

/** Public keys of Ed25519 whose owners are believed, by the names that they sign with. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

/** A private key, and the name by which others know its public key. */
export interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

/** Signs the text of a record; base64. */
export function signRecord(text: string, {key}: Signer): string {
  return sign(null, Buffer.from(preamble + text), key).toString('base64');
}

/**
 * The name of a trusted key that signed a text. `undefined`: none did.
 * @param signatures base64, by name, as somebody claims
 */
export function signerOf(
  text: string,
  signatures: Readonly<Record<string, string>>,
  trusted: TrustedKeys,
): string | undefined {
  const bytes = Buffer.from(preamble + text);
  for (const [name, key] of trusted) {
    const signature = Object.hasOwn(signatures, name) ? signatures[name] : undefined;
    if (signature === undefined) continue;
    if (verify(null, bytes, key, Buffer.from(signature, 'base64'))) return name;
  }
  return undefined;
}

/** A new pair of keys: the private one as PEM, the public one as the base64 text of its 32 bytes. */
export function newKeyPair(): {readonly privatePem: string; readonly publicText: string} {
  const {privateKey} = generateKeyPairSync('ed25519');
  const privatePem = privateKey.export({type: 'pkcs8', format: 'pem'}) as string;
  return {privatePem, publicText: publicTextOf(privateKey)};
}

/** The public key that belongs to a private one, as the base64 text of its 32 bytes. */
export function publicTextOf(key: KeyObject): string {
  const {x = ''} = createPublicKey(key).export({format: 'jwk'});
  return Buffer.from(x, 'base64url').toString('base64');
}

/** Parses a private key; `undefined` if the text is not one of Ed25519. */
export function parsePrivateKey(pem: string): KeyObject | undefined {
  return edKey(() => createPrivateKey(pem));
}

/** Parses a public key; `undefined` if the text is not the base64 text of 32 bytes. */
export function parsePublicKey(text: string): KeyObject | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 32 || bytes.toString('base64') !== text) return undefined;
  const jwk = {kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url')};
  return edKey(() => createPublicKey({key: jwk, format: 'jwk'}));
}

function edKey(make: () => KeyObject): KeyObject | undefined {
  try {
    const key = make();
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    // OpenSSL has many errors for a text that is no key.
    return undefined;
  }
}

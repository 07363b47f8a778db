import {parseRecord} from '../store/records/parse-record.ts';
import {hasOutputs, type Key, type OutputForms, type StageRecord} from '../store/records/record.ts';
import {signerOf, signRecord, type Signer, type TrustedKeys} from './signatures.ts';

/** Size limit of a record, in bytes: one with a hundred thousand artifacts is smaller. */
export const maxRecordBytes = 1 << 24;

/** Whose records are believed: those that one of these keys has signed, or all. */
export type Trust = TrustedKeys | 'all';

/** The object `ac/<key>`: the text of a record, and who signed it. */
interface SignedRecord {
  readonly record: string;
  readonly signatures: Readonly<Record<string, string>>;
}

/** A record as others read it. */
export function writeSigned(record: StageRecord, signer: Signer | undefined): string {
  const text = JSON.stringify(record);
  const signatures = signer === undefined ? {} : {[signer.name]: signRecord(text, signer)};
  return JSON.stringify({record: text, signatures} satisfies SignedRecord);
}

/** A record from elsewhere: nothing of it is believed before its signature has been checked. */
export type ReadSigned =
  | {readonly kind: 'record'; readonly record: StageRecord}
  /** The reason, as a sentence without its subject. */
  | {readonly kind: 'refused'; readonly why: string};

/**
 * Reads the record of a key.
 * @param outputs the outputs that it must have, and no others
 */
export function readSigned(
  text: string,
  {key, outputs}: {readonly key: Key; readonly outputs: OutputForms},
  trust: Trust,
): ReadSigned {
  const signed = parseSigned(text);
  if (signed === undefined) return {kind: 'refused', why: 'is not a record'};
  const {record: written, signatures} = signed;
  if (trust !== 'all' && signerOf(written, signatures, trust) === undefined) {
    const names = Object.keys(signatures);
    const by = names.length === 0 ? 'nobody' : 'nobody who is trusted';
    return {kind: 'refused', why: `was signed by ${by}`};
  }
  const record = parseRecord(written, key);
  if (record === undefined) return {kind: 'refused', why: 'is not a record of this key'};
  const isExact = Object.keys(record.outputs).every((name) => Object.hasOwn(outputs, name));
  if (!isExact || !hasOutputs(record, outputs)) {
    return {kind: 'refused', why: 'has other outputs than its stage'};
  }
  return {kind: 'record', record};
}

function parseSigned(text: string): SignedRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const {record, signatures} = (value ?? {}) as Partial<SignedRecord>;
  const isWhole =
    typeof record === 'string' &&
    typeof signatures === 'object' &&
    signatures !== null &&
    Object.values(signatures).every((signature) => typeof signature === 'string');
  return isWhole ? {record, signatures} : undefined;
}

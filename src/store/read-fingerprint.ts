import {readFileSync} from 'node:fs';
import {isErrno} from '../base/errno.ts';
import {parseFingerprint, type Fingerprint} from './fingerprint.ts';
import {fingerprintPath, type Store} from './layout.ts';
import type {StageRecord} from './record.ts';

/** The fingerprint that a result was stored under, or `undefined` if it is gone or damaged. */
export function readFingerprint(
  store: Store,
  {type, key}: Pick<StageRecord, 'type' | 'key'>,
): Fingerprint | undefined {
  try {
    return parseFingerprint(readFileSync(fingerprintPath(store, type, key), 'utf8'), key);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

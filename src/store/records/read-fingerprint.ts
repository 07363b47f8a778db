import {isErrno} from '../../base/errno.ts';
import {readText} from '../../base/read-text.ts';
import {parseFingerprint, type Fingerprint} from './fingerprint.ts';
import {fingerprintPath, type Store} from '../layout.ts';
import type {StageRecord} from './record.ts';

/** The fingerprint that a result was stored under, or `undefined` if it is gone or damaged. */
export function readFingerprint(
  store: Store,
  {type, key}: Pick<StageRecord, 'type' | 'key'>,
): Fingerprint | undefined {
  try {
    return parseFingerprint(readText(fingerprintPath(store, type, key)), key);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

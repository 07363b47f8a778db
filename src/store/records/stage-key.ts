import {digestOf} from '../../base/digest.ts';
import {preimage, type Fingerprint} from './fingerprint.ts';
import type {Key} from './record.ts';

/** The key of a fingerprint. Only this function makes keys. */
export function stageKey(fingerprint: Fingerprint): Key {
  return String(digestOf(preimage(fingerprint))) as Key;
}

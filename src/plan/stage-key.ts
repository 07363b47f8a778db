import {digestOf} from '../base/digest.ts';
import {preimage, type Fingerprint} from '../store/records/fingerprint.ts';
import type {Key} from '../store/records/record.ts';

/** The key of everything that has this fingerprint. The one place where keys are made. */
export function stageKey(fingerprint: Fingerprint): Key {
  return String(digestOf(preimage(fingerprint))) as Key;
}

import type {Digest} from '../../base/digest.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {StageRecord} from './record.ts';

/** Results that a lock demands: the digests of each output's artifacts, in order. */
export interface Locked {
  /** The lock, for messages. */
  readonly file: string;
  readonly outputs: Readonly<Record<string, readonly Digest[]>>;
}

/** Says which output is not what a lock demands; `undefined`: none. */
export function unlockedOutput(
  outputs: StageRecord['outputs'],
  locked: Locked,
): string | undefined {
  for (const [name, demanded] of Object.entries(locked.outputs)) {
    const found = ownProperty(outputs, name)?.artifacts ?? [];
    const index = demanded.findIndex((digest, place) => found[place]?.digest !== digest);
    if (index < 0 && found.length === demanded.length) continue;
    const was = demanded[Math.max(index, 0)]?.slice(0, shownDigits);
    const now = found[Math.max(index, 0)]?.digest.slice(0, shownDigits);
    return `The output ${name} is not what ${locked.file} demands: sha256 ${was}…, not ${now}….`;
  }
  return undefined;
}

/** Number of a digest's digits that tell two apart for a reader. */
const shownDigits = 12;

import {digestOf} from '../../src/base/digest.ts';

/**
 * The identity of a data set of which some training images are set aside. Setting aside others makes another source: images
 * that are set aside elsewhere must not evaluate what was trained on them.
 *
 * @param digest of all images and labels
 */
export function heldOutSource(digest: string, heldOut: number): string {
  return heldOut === 0 ? digest : digestOf(JSON.stringify(['held-out', 1, digest, heldOut]));
}

/** Images that may have been held out: more than any named data set but the largest would miss. */
const most = 100_000;

/**
 * How many images were held out of a data set with one of these digests to make a source; `undefined`: it is the source of
 * another data set.
 */
export function heldOutOf(source: string, digests: readonly string[]): number | undefined {
  for (const digest of new Set(digests)) {
    for (let heldOut = 0; heldOut <= most; heldOut++) {
      if (heldOutSource(digest, heldOut) === source) return heldOut;
    }
  }
  return undefined;
}

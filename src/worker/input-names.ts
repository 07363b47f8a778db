import {blobPath, blobRoot} from '../store/layout.ts';
import type {Job} from './protocol.ts';

/**
 * Replaces paths of a job's inputs in a text by the names that the user knows. The paths mean nothing to a user, since
 * they are the inputs' digests.
 */
export function namingInputs(text: string, job: Job): string {
  const store = {root: job.store};
  if (!text.includes(blobRoot(store))) return text;
  let named = text;
  for (const [port, digests] of Object.entries(job.fingerprint.inputs)) {
    for (const [index, digest] of digests.entries()) {
      named = named.replaceAll(
        blobPath(store, digest),
        () => job.inputNames[port]?.[index] ?? port,
      );
    }
  }
  const {goesOn} = job;
  return goesOn === undefined
    ? named
    : named.replaceAll(blobPath(store, goesOn.digest), () => goesOn.input);
}

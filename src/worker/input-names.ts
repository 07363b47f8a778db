import {blobPath, blobRoot} from '../store/layout.ts';
import type {Job} from './protocol.ts';

/**
 * A text for the user in which the inputs of a job are called what the user calls them. Their paths say nothing: they
 * lie in the store under their digests.
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
  return named;
}

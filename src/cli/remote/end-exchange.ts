import {formatBytes} from '../../report/format/bytes.ts';
import type {Reporter} from '../../report/live/reporter.ts';
import type {RunRemote} from '../../remote/run-remote.ts';

/**
 * Ends the exchange of a run with a remote cache: waits until its results are shared, and says what went where.
 * @param isQuiet whether only what failed is said
 */
export async function endExchange(
  remote: RunRemote | undefined,
  isQuiet: boolean,
  reporter: Pick<Reporter, 'note'>,
): Promise<void> {
  if (remote === undefined) return;
  await remote.cache.keep();
  await remote.cache.adopt();
  await remote.settled();
  if (!isQuiet || remote.tally.failed > 0) reporter.note(remoteLine(remote));
}

/** Says in one line how much a run took from a remote cache and put there. */
export function remoteLine({cache, tally}: RunRemote): string {
  const {hits, fetchedBytes, refused} = cache.tally;
  const {shared, putBytes, failed, tooLarge} = tally;
  const parts = [
    `${hits} ${hits === 1 ? 'hit' : 'hits'}`,
    `${formatBytes(fetchedBytes)} fetched`,
    ...(shared > 0 ? [`${shared} shared (${formatBytes(putBytes)})`] : []),
    ...(failed > 0 ? [`${failed} could not be shared`] : []),
    ...(tooLarge > 0 ? [`${tooLarge} artifacts of more than 5 GiB stay here`] : []),
    ...(refused > 0 ? [`${refused} objects were not believed`] : []),
  ];
  return `Remote cache ${cache.title}: ${parts.join(', ')}.\n`;
}

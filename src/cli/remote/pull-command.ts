import {mapConcurrently} from '../../base/map-concurrently.ts';
import {planWithRemote} from '../../remote/plan-with-remote.ts';
import {sharedOutputs} from '../../remote/run-remote.ts';
import {formatBytes} from '../../report/format/bytes.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {runRemote} from './open-remote.ts';
import {openTransfer, type TransferOptions} from './transfer-target.ts';

/** `pipeline pull [FILE] [SELECTOR…]`: brings the results of a pipeline that other machines have made into the store. */
export async function pullCommand(
  words: readonly string[],
  options: TransferOptions,
  world: World,
): Promise<ExitCode> {
  const transfer = await openTransfer(words, options, world);
  if (typeof transfer === 'number') return transfer;
  const {target, store, opened} = transfer;
  const tell = (line: string): void => world.stderr.write(line);
  const {cache} = await runRemote(opened, {store, tell}, world);
  const plan = await planWithRemote(target.graph, store, new Set(), cache);
  await cache.keep();
  const tally = {results: 0, incomplete: 0, bytes: 0};
  await mapConcurrently(plan.values(), async ({instance, verdict}) => {
    if (verdict.kind !== 'hit' || verdict.isElsewhere !== true) return;
    const outputs =
      options.bulky === true ? undefined : sharedOutputs(instance, opened.config.keep);
    if (await cache.bringResult(verdict.key, outputs)) tally.results++;
    else tally.incomplete++;
  });
  tally.bytes = cache.tally.fetchedBytes;
  if (options.json === true) writeJson(tally, world);
  else {
    const {results, incomplete, bytes} = tally;
    const rest = incomplete === 0 ? '' : ` The bytes of ${incomplete} could not be had.`;
    world.stdout.write(
      `${results} results came from ${cache.title}: ${formatBytes(bytes)} were fetched.${rest}\n`,
    );
  }
  return tally.incomplete > 0 || cache.isOff ? exitCodes.stageFailed : exitCodes.ok;
}

import {isSystemError} from '../../base/errno.ts';
import {mapConcurrently} from '../../base/map-concurrently.ts';
import {planGraph} from '../../plan/plan-graph.ts';
import {formatBytes} from '../../report/format/bytes.ts';
import {RemoteError} from '../../remote/remote.ts';
import {sharedOutputs} from '../../remote/run-remote.ts';
import {shareResult} from '../../remote/share-result.ts';
import {readFingerprint} from '../../store/records/read-fingerprint.ts';
import type {StageRecord} from '../../store/records/record.ts';
import type {Instance} from '../../pipeline/graph/instance.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {sharingOf} from './open-remote.ts';
import {openTransfer, type TransferOptions} from './transfer-target.ts';

/** `pipeline push [FILE] [SELECTOR…]`: puts the stored results of a pipeline into the remote cache. */
export async function pushCommand(
  words: readonly string[],
  options: TransferOptions,
  world: World,
): Promise<ExitCode> {
  const transfer = await openTransfer(words, options, world);
  if (typeof transfer === 'number') return transfer;
  const {target, store, opened} = transfer;
  const {signer, config, remote} = opened;
  if (signer === undefined && config.trust !== 'all') {
    world.faults.fault(
      'no-remote',
      'Results without a signature are used by nobody: the configuration has no `sign`.',
      '`pipeline key new NAME` makes a key.',
    );
    return exitCodes.usage;
  }
  const sharing = sharingOf(opened, store);
  const results = new Map<string, {instance: Instance; record: StageRecord}>();
  for (const {instance, verdict} of planGraph(target.graph, store).values()) {
    if (verdict.kind === 'hit') results.set(verdict.key, {instance, record: verdict.record});
  }
  const tally = {results: 0, bytes: 0, tooLarge: 0, differing: 0, failed: 0};
  await mapConcurrently(results.values(), async ({instance, record}) => {
    const outputs =
      options.bulky === true ? Object.keys(record.outputs) : sharedOutputs(instance, config.keep);
    const fingerprint = readFingerprint(store, record);
    const forms = instance.type.contract.outputs;
    const result = {record, fingerprint, outputs, forms};
    try {
      const {putBytes, tooLarge, differs} = await shareResult(result, sharing);
      if (differs) tally.differing++;
      else tally.results++;
      tally.bytes += putBytes;
      tally.tooLarge += tooLarge.length;
    } catch (error) {
      if (!(error instanceof RemoteError) && !isSystemError(error)) throw error;
      tally.failed++;
    }
  });
  if (options.json === true) writeJson(tally, world);
  else world.stdout.write(text(tally, remote.title));
  return tally.failed > 0 ? exitCodes.stageFailed : exitCodes.ok;
}

function text(
  {
    results,
    bytes,
    tooLarge,
    differing,
    failed,
  }: Readonly<Record<'results' | 'bytes' | 'tooLarge' | 'differing' | 'failed', number>>,
  title: string,
): string {
  const lines = [
    `${results} results are in ${title}: ${formatBytes(bytes)} were sent.`,
    ...(tooLarge > 0 ? [`${tooLarge} artifacts of more than 5 GiB stay here.`] : []),
    ...(differing > 0
      ? [
          `${differing} results are there with other bytes, which another machine made and which stay.`,
        ]
      : []),
    ...(failed > 0 ? [`${failed} results could not be put there.`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

import {StopRequested} from '../../src/contract/stage.ts';
import type {StageRun} from '../../src/contract/stage.ts';
import {assertCompatibleTrajectories, writeBuffer} from '../../src/learning/codecs/buffer.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {experts} = context.inputs;
  const {shardSize} = context.params;
  // All experts are checked before anything is written, because a shard knows only its own.
  await assertCompatibleTrajectories(experts);
  for (let first = 0; first < experts.length; first += shardSize) {
    if (context.stopping.aborted) throw new StopRequested();
    const shard = experts.slice(first, first + shardSize);
    await writeBuffer(context.output('buffers', first / shardSize), shard);
    const done = first + shard.length;
    context.progress({done, total: experts.length, unit: 'experts'});
  }
});

import assert from 'node:assert/strict';
import {copyFile, readFile} from 'node:fs/promises';
import {after} from 'node:test';
import type {Contract} from '../../../src/contract/contract.ts';
import {validateParams} from '../../../src/contract/validate-params.ts';
import type {JsonObject} from '../../../src/base/json.ts';
import {
  StageError,
  StopRequested,
  type StageContext,
  type StageRun,
} from '../../../src/contract/stage.ts';
import {writeDataset} from '../../../src/learning/codecs/dataset-arrow.ts';
import {writeTransform} from '../../../src/learning/codecs/transform.ts';
import {contract as expertContract} from '../../../stages/train-expert/contract.ts';
import {run as trainExpert} from '../../../stages/train-expert/run.ts';
import {contract as shardContract} from '../../../stages/shard-buffers/contract.ts';
import {run as shardBuffers} from '../../../stages/shard-buffers/run.ts';
import {StageRig} from './stage-context.ts';
import {TemporaryFolder} from '../rigs/temporary-folder.ts';
import {tinyDataset} from '../data/tiny-dataset.ts';

/** Files that the first stages of a small pipeline make from the tiny problem, for tests of the later stages. */
export interface LearningFiles extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly dataset: string;
  readonly transform: string;
  readonly experts: readonly string[];
  readonly buffers: readonly string[];
}

/**
 * @param shards number of buffers, of two experts each
 * @param trained other parameters of the experts
 */
export async function makeLearningFiles(
  shards = 1,
  model = 'ConvNetD1W8',
  trained: object = {},
): Promise<LearningFiles> {
  const folder = await TemporaryFolder.create();
  const [dataset, transform] = [folder.file('dataset'), folder.file('transform')];
  const tiny = tinyDataset();
  await writeDataset(dataset, tiny);
  await writeTransform(transform, {...tiny, transform: tiny.transform!, count: 40});
  const experts: string[] = [];
  for (let seed = 0; seed < 2 * shards; seed++) {
    await using rig = await StageRig.create();
    const params = filled(expertContract, {model, epochs: 2, batch: 10, seed, ...trained});
    await trainExpert(rig.context({params, inputs: {dataset: [dataset], start: []}}));
    experts.push(folder.file(`expert-${seed}`));
    await copyFile(rig.output('trajectory'), experts.at(-1)!);
  }
  await using rig = await StageRig.create();
  const params = filled(shardContract, {shardSize: 2});
  await shardBuffers(rig.context({params, inputs: {experts}}));
  const buffers: string[] = [];
  for (let i = 0; i < shards; i++) {
    buffers.push(folder.file(`buffer-${i}`));
    await copyFile(rig.output('buffers', i), buffers[i]!);
  }
  const dispose = async (): Promise<void> => folder[Symbol.asyncDispose]();
  return {folder, dataset, transform, experts, buffers, [Symbol.asyncDispose]: dispose};
}

/** Files that all tests of a test file share, removed after the last of them. */
export async function sharedLearningFiles(shards?: number): Promise<LearningFiles> {
  const files = await makeLearningFiles(shards);
  after(() => files[Symbol.asyncDispose]());
  return files;
}

/** Parameters with the contract's own defaults filled in. */
export function filled<C extends Contract>(contract: C, given: object): StageContext<C>['params'] {
  const validation = validateParams(contract, structuredClone(given) as JsonObject);
  if (validation.kind === 'valid') return validation.params as StageContext<C>['params'];
  throw new Error(validation.issues.map(({message}) => message).join(' '));
}

/** Checks that a stage fails with a message for the user. */
export function fails(run: Promise<void>, message: RegExp): Promise<void> {
  return assert.rejects(run, (error) => error instanceof StageError && message.test(error.message));
}

/**
 * Stops a stage at each of its first checkpoints, resumes it, and compares outputs with those of an undisturbed run.
 * @param outputs ports, each followed by a colon and the number of its artifact if that is not 0
 */
export async function resumes<C extends Contract>(
  run: StageRun<C>,
  context: (rig: StageRig) => StageContext<C>,
  {outputs, stops = 1}: {readonly outputs: readonly string[]; readonly stops?: number},
): Promise<void> {
  await using straight = await StageRig.create();
  await run(context(straight));
  await using rig = await StageRig.create();
  for (let stop = 1; stop <= stops; stop++) {
    rig.stop();
    await assert.rejects(run(context(rig)), StopRequested);
    assert.equal(rig.checkpoints.length, stop);
    await rig.forgetOutputs();
  }
  rig.resume();
  await run(context(rig));
  for (const output of outputs) {
    const [port, index = '0'] = output.split(':');
    const [again, once] = [rig, straight].map((of) => of.output(port!, Number(index)));
    assert.deepEqual(await readFile(again!), await readFile(once!), output);
  }
}

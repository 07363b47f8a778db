import assert from 'node:assert/strict';
import {copyFile, readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import type {Contract} from '../../src/contract/contract.ts';
import {StageError, type StageRun} from '../../src/contract/stage.ts';
import {decodeSafetensors, encodeSafetensors} from '../../src/formats/safetensors/safetensors.ts';
import {float32Tensor} from '../../src/formats/tensor.ts';
import {contract as distillContract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract as distributionsContract} from '../../stages/match-distributions/contract.ts';
import {run as matchDistributions} from '../../stages/match-distributions/run.ts';
import {contract as gradientsContract} from '../../stages/match-gradients/contract.ts';
import {run as matchGradients} from '../../stages/match-gradients/run.ts';
import {fails, filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles();

/** Runs a method for so many iterations. */
type Goes = (
  rig: StageRig,
  iterations: number,
  given?: object,
  state?: readonly string[],
) => Promise<void>;

function method(run: unknown, contract: Contract, small: object, unit = 'iterations'): Goes {
  const inputs = {dataset: [files.dataset], transform: [files.transform], start: []};
  const buffers = 'buffers' in contract.inputs ? {buffers: files.buffers} : {};
  return async (rig, iterations, given, state = []) => {
    const params = filled(contract, {keepState: true, ...small, ...given, [unit]: iterations});
    await (run as StageRun<Contract>)(
      rig.context({params, inputs: {...inputs, ...buffers, state}}),
    );
  };
}

const trajectories = {
  steps: 2,
  expertEpochs: 1,
  maxStartEpoch: 2,
  pixelRate: 10,
  stepSizeRate: 1e-7,
};
const networks = {model: 'ConvNetD1W8', realBatch: 8};
const methods: Readonly<Record<string, Goes>> = {
  'matching trajectories, with an average': method(distill, distillContract, {
    ...trajectories,
    average: 0.7,
  }),
  'matching trajectories, with labels of a teacher and a decoder': method(
    distill,
    distillContract,
    {
      ...trajectories,
      labels: 'teacher',
      decoder: {kind: 'idc', factor: 2},
    },
  ),
  'matching gradients': method(
    matchGradients,
    gradientsContract,
    {...networks, outerSteps: 1, innerEpochs: 1},
    'networks',
  ),
  'matching distributions': method(matchDistributions, distributionsContract, networks),
};

for (const [what, goes] of Object.entries(methods)) {
  test(`${what}: a distillation that goes on from a shorter one gives the bytes of one in one go`, async () => {
    await using straight = await StageRig.create();
    await goes(straight, 4, {snapshots: [3]});
    await using short = await StageRig.create();
    await goes(short, 2);
    await using rig = await StageRig.create();
    await goes(rig, 4, {snapshots: [3]}, [short.output('state')]);
    assert.equal(rig.progress[0]!.done, 2);
    const average = what.endsWith('average') ? ['average'] : [];
    for (const output of ['synthetic', 'state', 'metrics', 'snapshots', 'histograms', ...average]) {
      assert.deepEqual(await readFile(rig.output(output)), await readFile(straight.output(output)));
    }
  });
}

const goes = methods['matching trajectories, with an average']!;

test('a distillation that goes on, is killed and resumed gives the bytes of an uninterrupted one', async () => {
  await using short = await StageRig.create();
  await goes(short, 2);
  const state = [await keptCopy(short)];
  const given = filled(distillContract, {
    ...trajectories,
    average: 0.7,
    iterations: 6,
    snapshots: [2, 4],
  });
  const inputs = {
    dataset: [files.dataset],
    transform: [files.transform],
    buffers: files.buffers,
    start: [],
    state,
  };
  await resumes(distill, (rig) => rig.context({params: given, inputs}), {
    outputs: ['synthetic', 'metrics', 'snapshots:0', 'snapshots:1', 'average'],
    stops: 3,
  });
});

/** A copy of the state that outlives the rig. */
async function keptCopy(rig: StageRig): Promise<string> {
  const copy = files.folder.file('state');
  await copyFile(rig.output('state'), copy);
  return copy;
}

test('as many iterations as the state has are all done', async () => {
  await using short = await StageRig.create();
  await goes(short, 2);
  await using rig = await StageRig.create();
  await goes(rig, 2, {}, [short.output('state')]);
  for (const output of ['synthetic', 'state', 'metrics', 'average']) {
    assert.deepEqual(await readFile(rig.output(output)), await readFile(short.output(output)));
  }
});

test('the state of another distillation, or a later one, is refused, with what differs', async () => {
  await using short = await StageRig.create();
  await goes(short, 2);
  const state = short.output('state');
  const cases: readonly (readonly [number, object, RegExp])[] = [
    [4, {pixelRate: 11}, /^state is of another distillation: its pixelRate is 10, not 11\.$/],
    [
      4,
      {average: undefined},
      /^state is of another distillation: its average is 0\.7, not none\.$/,
    ],
    [1, {}, /^state has 2 iterations, but only 1 are asked for\.$/],
    [4, {snapshots: [1, 3]}, /^The snapshot 1 is from before the 2 iterations of state\.$/],
    [4, {snapshots: {every: 2}}, /^The snapshot 0 is from before /],
  ];
  for (const [iterations, given, expected] of cases) {
    await using rig = await StageRig.create();
    await assert.rejects(
      goes(rig, iterations, given, [state]),
      (error: unknown) => error instanceof StageError && expected.test(error.message),
    );
  }
});

test('the state of a distillation from another set, or of other experts, is refused', async () => {
  await using short = await StageRig.create();
  await goes(short, 2);
  const others = files.folder.file('other-buffer');
  await copyFile(files.buffers[0]!, others);
  for (const [given, expected] of [
    [{start: [short.output('synthetic')]}, 'start'],
    [{buffers: [others]}, 'buffers'],
  ] as const) {
    await using rig = await StageRig.create();
    const params = filled(distillContract, {...trajectories, average: 0.7, iterations: 4});
    const inputs = {
      dataset: [files.dataset],
      transform: [files.transform],
      buffers: files.buffers,
      start: [],
      state: [short.output('state')],
      ...given,
    };
    await fails(
      distill(rig.context({params, inputs})),
      new RegExp(`^state is of a distillation with another ${expected}\\.$`),
    );
  }
});

test('a state with tensors of other sizes is refused as damaged', async () => {
  await using short = await StageRig.create();
  await goes(short, 2);
  const {tensors, metadata} = decodeSafetensors(await readFile(short.output('state')), 'state');
  const images = float32Tensor(Float32Array.of(0), [1]);
  const damaged = short.folder.file('damaged');
  await writeFile(damaged, encodeSafetensors(new Map([...tensors, ['images', images]]), metadata));
  await using rig = await StageRig.create();
  await assert.rejects(
    goes(rig, 4, {}, [damaged]),
    /`images` has 1 numbers where \d+ are expected/,
  );
});

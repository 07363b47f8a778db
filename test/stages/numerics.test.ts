/** Tests the real stage types under each `numerics`: the engine that they use, the record, and the bytes. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import type {EngineRequest} from '../../src/base/engines.ts';
import {contract} from '../../stages/train-expert/contract.ts';
import {run as trainExpert} from '../../stages/train-expert/run.ts';
import {filled, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {registry as stageTypes} from '../support/registries/learning-registry.ts';
import {runInProcess, type InProcessRun} from '../support/rigs/run-in-process.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const files = await sharedLearningFiles();

/** Trains an expert on an engine; gives its bytes and what its record says. */
async function expertOn(engine: Omit<EngineRequest, 'gpu'>) {
  await using rig = await StageRig.create();
  const params = filled(contract, {model: 'ConvNetD2W8', epochs: 2, batch: 10});
  const context = rig.context<typeof contract>({
    params,
    inputs: {dataset: [files.dataset], start: []},
  });
  await trainExpert({...context, engine: {...engine, gpu: false}});
  return {bytes: await readFile(rig.output('trajectory')), facts: rig.provenance[0]!};
}

test('bitwise gives the same bytes on one thread and on two, without fused multiply-add', async () => {
  const bitwise = {name: 'wasm', numerics: 'bitwise'} as const;
  const [one, two] = [
    await expertOn({...bitwise, threads: 1}),
    await expertOn({...bitwise, threads: 2}),
  ];
  assert.deepEqual(one.bytes, two.bytes);
  const {engineDescription, ...facts} = two.facts;
  const said = {engine: 'wasm', numerics: 'bitwise', tile: 4, fused: false, threads: 2};
  assert.deepEqual(facts, said);
  assert.equal(engineDescription, 'WebAssembly SIMD, Winograd F(4, 3), 2 threads');
  assert.equal(one.facts['threads'], 1);
});

test('any takes fused multiply-add where the machine can, and the record says whether it did', async () => {
  const quick = await expertOn({name: 'auto', numerics: 'any', threads: 1});
  const {engineDescription, fused, ...facts} = quick.facts;
  assert.deepEqual(facts, {engine: 'wasm', numerics: 'any', tile: 4, threads: 1});
  assert.equal(fused, (engineDescription as string).includes(' with fused multiply-add'));
});

test('wasm-precise computes with F(2, 3), whatever is asked of the numbers', async () => {
  const [any, bitwise] = [
    await expertOn({name: 'wasm-precise', numerics: 'any', threads: 1}),
    await expertOn({name: 'wasm-precise', numerics: 'bitwise', threads: 1}),
  ];
  assert.deepEqual(any.bytes, bitwise.bytes);
  const {engineDescription, ...facts} = any.facts;
  const said = {engine: 'wasm-precise', numerics: 'any', tile: 2, fused: false, threads: 1};
  assert.deepEqual(facts, said);
  assert.equal(engineDescription, 'WebAssembly SIMD, Winograd F(2, 3), 1 thread');
  const wasm = await expertOn({name: 'wasm', numerics: 'bitwise', threads: 1});
  assert.ok(!any.bytes.equals(wasm.bytes));
});

/** Runs a small pipeline; gives the stages that ran, and what the records of the others say. */
async function run(store: string, numerics: string, engine: NonNullable<InProcessRun['engine']>) {
  const text = `
numerics: ${numerics}
stages:
  images: {uses: tiny-images}
  expert: {uses: train-expert, inputs: {dataset: images.dataset}, with: {model: ConvNetD1W8, epochs: 2, batch: 10}}
  buffers: {uses: shard-buffers, inputs: {experts: expert.trajectory}}
  distilled:
    uses: distill
    inputs: {dataset: images.dataset, buffers: buffers.buffers}
    with: {iterations: 2, steps: 2, expertEpochs: 1, maxStartEpoch: 2}
  scores:
    uses: evaluate
    inputs: {dataset: images.dataset, synthetic: distilled.synthetic}
    with: {model: ConvNetD1W8, trials: 1, epochs: 1}
`;
  const ran = await runInProcess({files: {'p.yaml': text}, store, stageTypes, engine});
  assert.equal(ran.outcome, 'ok');
  const started = ran.events.flatMap((event) => (event.kind === 'started' ? [event.instance] : []));
  const facts = Object.fromEntries(
    [...ran.records].map(
      ([
        id,
        {
          provenance: {engine, tile, fused, numerics},
        },
      ]) => [id, [engine, tile, fused, numerics]],
    ),
  );
  return {started, facts};
}

test('a pipeline runs under each, and finds what it made again under the same only', async () => {
  await using folder = await TemporaryFolder.create();
  const [store, engines] = [folder.file('store'), ['expert', 'distilled', 'scores']];
  const none = [undefined, undefined, undefined, undefined];
  for (const [numerics, engine, facts] of [
    ['bitwise', 'auto', ['wasm', 4, false, 'bitwise']],
    ['engine', 'wasm-precise', ['wasm-precise', 2, false, 'engine']],
    ['engine', 'tfjs', ['tfjs', undefined, undefined, 'engine']],
    ['any', 'wasm-precise', ['wasm-precise', 2, false, 'any']],
  ] as const) {
    const first = await run(store, numerics, engine);
    for (const id of engines) {
      assert.ok(first.started.includes(id as never), `${id} on ${engine} under ${numerics}`);
      assert.deepEqual(first.facts[id], facts);
    }
    assert.deepEqual(first.facts['images'], none);
    assert.deepEqual((await run(store, numerics, engine)).started, []);
  }
  assert.deepEqual((await run(store, 'any', 'tfjs')).started, []);
});

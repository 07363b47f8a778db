import assert from 'node:assert/strict';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import type {JsonObject} from '../../src/base/json.ts';
import type {CostModel, CostModels} from '../../src/contract/cost.ts';
import type {Registry} from '../../src/contract/registry.ts';
import type {InstanceGraph, InstanceId} from '../../src/pipeline/graph/instance.ts';
import {Estimator, type EstimatorSetup} from '../../src/plan/estimator.ts';
import {stageKey} from '../../src/store/records/stage-key.ts';
import {createWhole} from '../../src/store/durable.ts';
import {fingerprintPath, recordPath} from '../../src/store/layout.ts';
import {preimage, type Fingerprint} from '../../src/store/records/fingerprint.ts';
import {loadCosts, registry} from '../../stages/registry.ts';
import {loadChoice} from '../support/rigs/run-in-process.ts';
import {done} from '../support/rigs/told-run.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** Stores a result that took 7 s, with an artifact whose bytes are `bytes`. */
async function plant(
  root: string,
  past: Pick<Fingerprint, 'type' | 'params'> & Partial<Fingerprint>,
  bytes = '',
): Promise<void> {
  const fingerprint = {version: 1, inputs: {}, environment: {}, ...past};
  const key = stageKey(fingerprint);
  const artifact = {digest: digestOf(bytes), sizeBytes: bytes.length, mtimeMs: 1};
  const told = done('a', {
    key,
    type: past.type,
    durationMs: 7000,
    outputs: {out: {media: 'text', artifacts: [artifact]}},
  });
  const store = {root};
  await createWhole(store, fingerprintPath(store, past.type, key), preimage(fingerprint));
  await createWhole(store, recordPath(store, key), JSON.stringify(told.record));
}

async function estimated(
  text: string,
  root: string,
  {
    stageTypes,
    ...known
  }: Pick<EstimatorSetup, 'found'> & {
    readonly models: CostModels;
    readonly stageTypes?: Registry;
  },
) {
  const choice = {files: {'p.yaml': text}, ...(stageTypes && {stageTypes})};
  const {graph} = await loadChoice(choice);
  const given = {graph, store: {root}, ...known, slots: 1, isOnGpu: () => false};
  const estimator = new Estimator(given);
  return (id: string) => estimator.expected(instanceOf(graph, id));
}

function instanceOf(graph: InstanceGraph, id: string) {
  return graph.instances.get(id as InstanceId)!;
}

test('a result whose parameters its contract does not take, or of another version, gives no cost', async () => {
  const mnist = {type: 'download', params: {dataset: 'mnist', resize: 'stretch', heldOut: 0}};
  const pasts: readonly (readonly [Parameters<typeof plant>[1], string])[] = [
    [{...mnist, version: 4}, 'results'],
    [{...mnist, version: 3}, 'usual-speeds'],
    [{...mnist, version: 4, params: {...mnist.params, classes: null}}, 'usual-speeds'],
    [{...mnist, version: 4, params: {}}, 'usual-speeds'],
  ];
  for (const [past, basis] of pasts) {
    await using folder = await TemporaryFolder.createInMemory();
    await plant(folder.path, past);
    const pipeline = 'stages: {data: {uses: download, with: {dataset: mnist}}}';
    const given = {models: await loadCosts(), stageTypes: registry};
    const expected = await estimated(pipeline, folder.path, given);
    assert.equal(expected('data')?.basis, basis, JSON.stringify(past));
  }
});

const letters: CostModel = ({text}) => {
  if (text === 'odd') throw new TypeError('the model has a mistake');
  return {gpuSeconds: 0, work: {letters: (text as string).length}, bytes: 0};
};
const joined: CostModel = (_, {parts}) => {
  const length = parts!.reduce((sum, {facts}) => sum + Number(facts['length']), 0);
  return {gpuSeconds: 0, work: {letters: length}, bytes: 0};
};
const models: CostModels = {
  of: new Map([
    ['say', letters],
    ['join', joined],
  ]),
  source: 'hand',
  caveat: 'hands differ',
  gpu: 'a slate',
  usualSpeeds: {letters: 1},
  shared: [],
};

test('what a look at files showed is taken to hold for results with the same parameters', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  await plant(folder.path, {type: 'say', params: {text: 'abc', gate: ''}}, 'abc');
  const join = {type: 'join', params: {between: '+'}, inputs: {parts: [digestOf('abc')]}};
  await plant(folder.path, join, 'abc+');
  const pipeline = `
stages:
  first: {uses: say, with: {text: abc}}
  other: {uses: say, with: {text: abcd}}
  same: {uses: join, inputs: {parts: [first.out]}}
  twice: {uses: join, inputs: {parts: [first.out, first.out]}}
`;
  const found = new Map([['first' as InstanceId, {length: 10}]]);
  const expected = await estimated(pipeline, folder.path, {models, found});
  const {ms, basis} = expected('twice')!;
  assert.deepEqual([ms, basis, expected('same')?.ms], [14_000, 'results', 7000]);
});

test('code that throws on what older results lack, or on an instance, costs an estimate and nothing else', async () => {
  const pipeline = `
stages:
  first: {uses: say, with: {text: abc}}
  odd: {uses: say, with: {text: odd}}
  both: {uses: join, inputs: {parts: [first.out]}}
`;
  const join = {type: 'join', params: {between: '+'}, inputs: {parts: [digestOf('abc')]}};
  // The facts of `say` read its text, which the first result lacks. The second lacks `gate`, which has a default.
  for (const [params, basis] of [
    [{gate: ''}, 'usual-speeds'],
    [{text: 'abc'}, 'results'],
  ] as readonly (readonly [JsonObject, string])[]) {
    await using folder = await TemporaryFolder.createInMemory();
    await plant(folder.path, join, 'abc+');
    await plant(folder.path, {type: 'say', params}, 'abc');
    const expected = await estimated(pipeline, folder.path, {models});
    assert.equal(expected('both')?.basis, basis);
    // Without a cost, a result is taken as it is.
    assert.equal(expected('odd')?.isScaled, false);
  }
});

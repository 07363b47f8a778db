import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {registry as stageTypes} from '../support/registries/learning-registry.ts';
import {runInProcess, type RunInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {smallDistillation} from '../support/texts/small-distillation.ts';

/** A pipeline with each stage type that can go on. */
function pipeline({epochs = 2, iterations = 2, kept = true, snapshots = '[]'} = {}): string {
  const keeps = `snapshots: ${snapshots}${kept ? ', keepState: true' : ''}`;
  const shared = `ipc: 1, model: ConvNetD1W8, realBatch: 8, ${keeps}`;
  return `${smallDistillation({epochs, iterations, maxStartEpoch: 2, distilled: `, ${keeps}`})}
  gradients:
    uses: match-gradients
    inputs: {dataset: images.dataset}
    with: {networks: ${iterations}, outerSteps: 1, innerEpochs: 1, ${shared}}
  distributions:
    uses: match-distributions
    inputs: {dataset: images.dataset}
    with: {iterations: ${iterations}, ${shared}}
`;
}

async function run(store: string, text: string, engine = 'wasm'): Promise<RunInProcess> {
  const ran = await runInProcess({files: {'p.yaml': text}, store, stageTypes, engine});
  assert.equal(ran.outcome, 'ok', JSON.stringify(ran.events.at(-1)));
  return ran;
}

/** The instances that went on from a stored result. */
function goingOn({records}: RunInProcess): readonly InstanceId[] {
  return [...records].flatMap(([id, {provenance}]) => ('goesOnFrom' in provenance ? [id] : []));
}

function digestsOf({records}: RunInProcess): unknown {
  return Object.fromEntries(Array.from(records, ([id, {key, outputs}]) => [id, {key, outputs}]));
}

const distillations = ['distilled', 'gradients', 'distributions'];

test('more epochs and more iterations go on from what is stored, to the bytes of one in one go', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  await run(store, pipeline());
  for (const [more, ids] of [
    [{iterations: 4}, distillations],
    [{iterations: 4, epochs: 3}, ['expert[seed=0]', 'expert[seed=1]']],
  ] as const) {
    const now = await run(store, pipeline(more));
    const went = goingOn(now);
    assert.deepEqual(
      ids.filter((id) => !went.includes(id as InstanceId)),
      [],
    );
    const anew = await run(folder.file(`anew ${ids[0]}`), pipeline(more));
    assert.deepEqual(goingOn(anew), []);
    assert.deepEqual(digestsOf(now), digestsOf(anew));
  }
});

test('nothing goes on from a result of another engine', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  await run(store, pipeline(), 'wasm-precise');
  const more = pipeline({iterations: 3, epochs: 3});
  const now = await run(store, more);
  assert.deepEqual(goingOn(now), []);
  assert.deepEqual(digestsOf(now), digestsOf(await run(folder.file('anew'), more)));
});

test('a distillation begins anew without the state of the other one, and for snapshots that come before it', async () => {
  await using folder = await TemporaryFolder.create();
  for (const [store, given] of [
    ['without', {kept: false}],
    ['snapshots', {snapshots: '{every: 1}'}],
  ] as const) {
    await run(folder.file(store), pipeline(given));
    const now = await run(folder.file(store), pipeline({...given, iterations: 3}));
    assert.deepEqual(goingOn(now), []);
  }
});

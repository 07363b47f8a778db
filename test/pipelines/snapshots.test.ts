import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {registry as stageTypes} from '../../stages/registry.ts';
import {registry as tinyTypes} from '../support/registries/learning-registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {loadChoice, runInProcess, type RunInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** The number of networks in each evaluation pool of the official program. */
const sizes = {S: 1, M: 5, W: 4, D: 4, A: 3, P: 3, N: 5, C: 2};

for (const [pool, size] of Object.entries(sizes)) {
  test(`pool ${pool} evaluates ${size} networks on each snapshot, and picks for each`, async () => {
    const text = await readFile(repositoryFile('pipelines/snapshots.yaml'), 'utf8');
    const files = {'p.yaml': text.replace('pool: S ', `pool: ${pool} `)};
    const {whole} = await loadChoice({files, stageTypes});
    const of = (stage: string): number =>
      [...whole.instances.keys()].filter((id) => id.startsWith(`${stage}[`)).length;
    assert.deepEqual([of('scores'), of('best')], [3 * size, size]);
  });
}

function pipeline(iterations: number, snapshots: readonly number[]): string {
  return `
params: {snapshots: [${snapshots.join(', ')}]}
stages:
  images: {uses: tiny-images}
  expert: {uses: train-expert, inputs: {dataset: images.dataset}, with: {model: ConvNetD1W8, epochs: 2, batch: 10}}
  buffers: {uses: shard-buffers, inputs: {experts: expert.trajectory}}
  distilled:
    uses: distill
    inputs: {dataset: images.dataset, buffers: buffers.buffers}
    with: {iterations: ${iterations}, snapshots: '\${params.snapshots}', steps: 2, expertEpochs: 1, maxStartEpoch: 2, pixelRate: 10, stepSizeRate: 0}
  snapshot:
    uses: snapshot
    matrix: {iteration: '\${params.snapshots}'}
    inputs: {snapshots: distilled.snapshots}
    with: {iteration: '\${matrix.iteration}'}
  scores:
    uses: evaluate
    matrix: {iteration: '\${params.snapshots}', model: [ConvNetD1W8, ConvNetD2W8]}
    inputs: {dataset: images.dataset, synthetic: snapshot.synthetic}
    with: {model: '\${matrix.model}', trials: 1, epochs: 1}
  best:
    uses: select
    inputs: {scores: 'scores.scores[*]', snapshots: distilled.snapshots}
    with: {model: ConvNetD2W8}
`;
}

test('with more iterations and snapshots, only the new snapshots are evaluated', async () => {
  await using folder = await TemporaryFolder.create();
  const run = async (text: string): Promise<readonly string[]> => {
    const {events, outcome} = await runInProcess({
      files: {'p.yaml': text},
      store: folder.path,
      stageTypes: tinyTypes,
    });
    assert.equal(outcome, 'ok', JSON.stringify(events.at(-1)));
    return events.flatMap((event) => (event.kind === 'started' ? [String(event.instance)] : []));
  };
  assert.equal((await run(pipeline(2, [0, 2]))).length, 4 + 2 + 4 + 1);
  const started = await run(pipeline(3, [0, 2, 3]));
  assert.deepEqual(started.toSorted(), [
    'best',
    'distilled',
    'scores[iteration=3,model=ConvNetD1W8]',
    'scores[iteration=3,model=ConvNetD2W8]',
    'snapshot[iteration=0]',
    'snapshot[iteration=2]',
    'snapshot[iteration=3]',
  ]);
});

test('a run that is stopped again and again publishes the bytes of one that was not', async () => {
  await using folder = await TemporaryFolder.create();
  const files = {'p.yaml': pipeline(4, [0, 1, 3])};
  const distilled = async (
    store: string,
    stopAfter: number,
  ): Promise<RunInProcess & {readonly outputs: unknown}> => {
    let seen = 0;
    const run = await runInProcess({
      files,
      store: folder.file(store),
      stageTypes: tinyTypes,
      wishes: {until: ['distilled']},
      onEvent(event, stop) {
        if (event.kind !== 'progress' || String(event.instance) !== 'distilled') return;
        if (++seen === stopAfter) stop();
      },
    });
    const finished = run.events.flatMap((event) =>
      event.kind === 'finished' && String(event.instance) === 'distilled' ? [event.record] : [],
    );
    return {...run, outputs: finished[0]?.outputs};
  };
  const straight = await distilled('straight', Infinity);
  assert.equal(straight.outcome, 'ok');
  for (let stops = 0; stops < 3; stops++) {
    assert.equal((await distilled('stopped', 1)).outcome, 'suspended');
  }
  const resumed = await distilled('stopped', Infinity);
  assert.deepEqual(resumed.outputs, straight.outputs);
  assert.ok(resumed.events.some(({kind}) => kind === 'resumed'));
});

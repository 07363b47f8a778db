import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {blobPath} from '../../src/store/layout.ts';
import {registry as stageTypes} from '../../stages/registry.ts';
import {registry as tinyTypes} from '../support/registries/learning-registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {loadChoice, runInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const text = await readFile(repositoryFile('pipelines/digits-three-times.yaml'), 'utf8');

test('no two experts begin alike, and each distillation follows eight of its own', async () => {
  const {whole} = await loadChoice({files: {'p.yaml': text}, stageTypes});
  const all = [...whole.instances.values()];
  const experts = all.filter(({stage}) => stage === 'expert');
  assert.equal(experts.length, 24);
  assert.equal(new Set(experts.map(({params}) => params['seed'])).size, 24);
  const orders = experts.map(({params}) => params['orderSeed']);
  assert.deepEqual([...new Set(orders)], [0, 1, 2]);
  for (const {axes, inputs} of all.filter(({stage}) => stage === 'buffers')) {
    const own = experts.filter((expert) => expert.axes['seed'] === axes['seed']);
    assert.deepEqual(
      inputs['experts']!.map(({instance}) => instance),
      own.map(({id}) => id),
    );
  }
});

/** The pipeline with tiny images, which are normalised already, and budgets that take moments. */
function shrunk(): string {
  const changes = {
    '  mnist: {uses: download, with: {dataset: mnist}}\n': '',
    '{uses: zca, inputs: {dataset: mnist.dataset}, with: {method: standardise}}':
      '{uses: tiny-images}',
    '      transform: normalised.transform\n': '',
    ', transform: normalised.transform': '',
    'network: ConvNetD2W8': 'network: ConvNetD1W8',
    'experts: 8': 'experts: 1',
    'images: 1000 #': 'images: 10 #',
    'testImages: 1000': 'testImages: 5',
    'iterations: 100': 'iterations: 1',
    'trials: 5': 'trials: 2',
    'epochs: 300': 'epochs: 1',
  };
  let small = text;
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(small.includes(from), from);
    small = small.replace(from, to);
  }
  return small;
}

test('the table knows the three distillations, and the three draws that they are compared with', async () => {
  await using folder = await TemporaryFolder.create();
  const files = {'p.yaml': shrunk()};
  const {events, outcome} = await runInProcess({
    files,
    store: folder.path,
    stageTypes: tinyTypes,
  });
  assert.equal(outcome, 'ok', JSON.stringify(events.at(-1)));
  const [digest] = events.flatMap((event) =>
    event.kind === 'finished' && String(event.instance) === 'table'
      ? [event.record.outputs['markdown']!.artifacts[0]!.digest]
      : [],
  );
  const table = await readFile(blobPath({root: folder.path}, digest!), 'utf8');
  const cell = String.raw`\S+ ± \S+ \(6, 3 sets\) \[\S+, \S+\]`;
  assert.match(
    table,
    new RegExp(`^\\| ConvNetD1W8 \\| +${cell} \\| +\\S+ \\[\\S+, \\S+\\] \\| +${cell} \\|$`, 'm'),
  );
});

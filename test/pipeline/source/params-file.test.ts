import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPipeline, type LoadedPipeline} from '../../../src/pipeline/load-pipeline.ts';
import {outputOf} from '../../support/texts/load-text.ts';
import {testRegistry} from '../../support/registries/test-registry.ts';

const pipeline = `
params: {n: 2, name: {first: toy, last: set}, notes: ./none.txt}
stages:
  data: {uses: make, with: {count: "\${params.n}", name: "\${params.name.first} \${params.name.last}"}}
  cat: {run: [cat, "\${inputs.notes}"], inputs: {notes: "\${params.notes}"}, outputs: {}}
`;

/** Loads the pipeline with files of parameters. */
async function loadWith(
  files: Readonly<Record<string, string>>,
  set: readonly string[] = [],
): Promise<LoadedPipeline> {
  const texts = new Map(Object.entries({...files, 'p.yaml': pipeline}));
  return await loadPipeline({
    file: 'p.yaml',
    registry: testRegistry,
    paramsFiles: Object.keys(files),
    set,
    readFile: (file) => Promise.resolve(Buffer.from(texts.get(file)!)),
    digestFile: () => Promise.resolve('0'.repeat(64) as never),
  });
}

test('files of parameters are YAML or JSON; later ones win, and --set over all', async () => {
  const files = {
    'a.yaml': 'n: 3\nname: {first: a, last: b}\nnotes: ./a.txt\n',
    'sub/b.json': '{"n": 4, "name.last": "c", "notes": "./b.txt"}',
  };
  const loaded = await loadWith(files, ['n=5']);
  assert.ok(loaded.kind === 'ok', outputOf(loaded));
  const {instances, set} = loaded.graph;
  const [data] = [...instances.values()].filter(({stage}) => stage === 'data');
  assert.deepEqual([data!.params['count'], data!.params['name']], [5, 'a c']);
  // A path is relative to the file in which it is written.
  assert.ok([...instances.keys()].includes('./sub/b.txt' as never), [...instances.keys()].join());
  assert.deepEqual(set, [
    'n=3',
    'name={"first":"a","last":"b"}',
    'notes=./a.txt',
    'n=4',
    'name.last=c',
    'notes=./b.txt',
    'n=5',
  ]);
});

test('a file of parameters sets those of stages', async () => {
  const loaded = await loadWith({'a.yaml': 'data.count: 7\n'});
  assert.ok(loaded.kind === 'ok', outputOf(loaded));
  const [data] = [...loaded.graph.instances.values()].filter(({stage}) => stage === 'data');
  assert.equal(data!.params['count'], 7);
});

test('a mistake is told at its place in the file of parameters', async () => {
  assert.match(
    outputOf(await loadWith({'a.yaml': 'n: 3\nnmae: {first: x}\n'})),
    /^a\.yaml:2:1 error unknown-param: /,
  );
  assert.match(
    outputOf(await loadWith({'a.yaml': 'n: many\n'})),
    /`params\.n` is given.*a\.yaml:1:4/s,
  );
  assert.match(
    outputOf(await loadWith({'a.yaml': '[n, 3]\n'})),
    /^a\.yaml:1:1 error bad-value: A file of parameters must be a mapping, got /,
  );
  assert.match(outputOf(await loadWith({'a.json': '{"n": 3'})), /^a\.json:1:\d+ error /);
});

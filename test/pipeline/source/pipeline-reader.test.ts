import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceGraph} from '../../../src/pipeline/graph/instance.ts';
import {loadPipeline} from '../../../src/pipeline/load-pipeline.ts';
import {loadTexts, outputOf} from '../../support/texts/load-text.ts';
import {testRegistry} from '../../support/registries/test-registry.ts';

const base = `
name: base
params: {n: 2, model: VGG11}
stages:
  data: {uses: make, with: {count: "\${params.n}"}}
  net:
    uses: train
    matrix: {seed: {count: 2}}
    inputs: {dataset: data.dataset}
    with: {model: "\${params.model}", epochs: 3}
`;

type Texts = Parameters<typeof loadTexts>[0];

async function graphFrom(texts: Texts): Promise<InstanceGraph> {
  const loaded = await loadTexts(texts);
  assert.equal(loaded.kind, 'ok', outputOf(loaded));
  return loaded.graph;
}

const outputFrom = async (texts: Texts): Promise<string> => outputOf(await loadTexts(texts));

test('a pipeline extends another: parameters, matrices and stages are merged', async () => {
  const own = `
extends: ./base.yaml
params: {n: 5}
stages:
  net: {matrix: {seed: {count: 3}}, with: {epochs: 1}}
  more: {uses: make}
`;
  const graph = await graphFrom({'own.yaml': own, 'base.yaml': base});
  assert.equal(graph.name, 'base');
  assert.deepEqual(
    Array.from(graph.instances.values(), ({id, params}) => [
      id,
      params['count'] ?? params['epochs'],
    ]),
    [
      ['data', 5],
      ['more', 10],
      ['net[seed=0]', 1],
      ['net[seed=1]', 1],
      ['net[seed=2]', 1],
    ],
  );
});

test('null removes a stage, and a chain of files is merged from its end', async () => {
  const graph = await graphFrom({
    'a.yaml': 'extends: ./b.yaml\nstages: {net: null}',
    'b.yaml': 'extends: sub/c.yaml\nname: b\nparams: {n: 7}',
    'sub/c.yaml': base,
  });
  assert.equal(graph.name, 'b');
  assert.deepEqual(
    Array.from(graph.instances.values(), ({id, params}) => [id, params['count']]),
    [['data', 7]],
  );
});

test('paths of a base are relative to it, and so are those of each file to that file', async () => {
  const digested: string[] = [];
  const texts: Readonly<Record<string, string>> = {
    'runs/own.yaml':
      'extends: ../lib/base.yaml\nparams: {notes: ./own.txt}\nstages: {more: {run: [cat, "${inputs.a}"], inputs: {a: ./own.txt}, outputs: {}}}',
    'lib/base.yaml': `
params: {notes: ./base.txt, others: ./base.txt}
stages:
  cell: {uses: ./cells/cell.yaml, with: {file: ./for-cell.txt}}
  cat:
    run: [cat, "\${inputs.a}", "\${inputs.b}", "\${inputs.c}"]
    inputs: {a: ./base.txt, b: "\${params.notes}", c: "\${params.others}"}
    outputs: {}
`,
    'lib/cells/cell.yaml':
      'params: {file: ./none.txt}\nstages: {in: {run: [cat, "${inputs.a}"], inputs: {a: "${params.file}"}, outputs: {}}}',
  };
  const loaded = await loadPipeline({
    file: 'runs/own.yaml',
    registry: testRegistry,
    readFile: (file) => Promise.resolve(Buffer.from(texts[file]!)),
    digestFile: (file) => {
      digested.push(file);
      return Promise.resolve('0'.repeat(64) as never);
    },
  });
  assert.equal(loaded.kind, 'ok', outputOf(loaded));
  assert.deepEqual(digested.sort(), ['./lib/base.txt', './lib/for-cell.txt', './runs/own.txt']);
});

test('a mistake is told in the file in which it was written', async () => {
  const texts = {
    'own.yaml': 'extends: ./base.yaml\nstages: {net: {with: {epochs: many}}}',
    'base.yaml': base.replace('model: VGG11', 'model: VGG12').replace('name: base', 'nmae: base'),
  };
  const output = await outputFrom(texts);
  const places = Array.from(output.matchAll(/^(\S+):\d+:\d+ error (\S+):/gm), (match) =>
    match.slice(1),
  );
  assert.deepEqual(places, [
    ['base.yaml', 'unknown-key'],
    ['base.yaml', 'bad-value'],
    ['own.yaml', 'bad-value'],
  ]);
});

test('what was removed is missing from the stage where it was declared', async () => {
  const texts = {
    'own.yaml': 'extends: ./base.yaml\nstages: {net: {inputs: {dataset: null}}}',
    'base.yaml': base,
  };
  assert.match(await outputFrom(texts), /^base\.yaml:7:11 error missing-input: /);
});

test('a mistake in a base that two files extend is told once', async () => {
  const texts = {
    'own.yaml': 'stages: {a: {uses: ./a.yaml}, b: {uses: ./b.yaml}}',
    'a.yaml': 'extends: ./base.yaml',
    'b.yaml': 'extends: ./base.yaml',
    'base.yaml': base.replace('count: "', 'cuont: "'),
  };
  assert.equal((await outputFrom(texts)).match(/cuont/g)?.length, 2);
});

test('files that extend each other in a circle are told as a chain, once', async () => {
  const output = await outputFrom({
    'own.yaml': 'extends: ./a.yaml',
    'a.yaml': 'extends: ./b.yaml',
    'b.yaml': 'extends: ./a.yaml',
  });
  assert.match(output, /^b\.yaml:1:10 error extends-cycle: .*: a\.yaml → b\.yaml → a\.yaml\.$/m);
  assert.equal(output.match(/ error /g)?.length, 1);
});

test('a base that uses the file that extends it is a pipeline that runs itself', async () => {
  const output = await outputFrom({
    'own.yaml': 'extends: ./base.yaml',
    'base.yaml': 'stages: {cell: {uses: ./own.yaml}}',
  });
  assert.match(output, /^base\.yaml:1:23 error nested-cycle: /);
});

test('of a pipeline whose base cannot be read only that is told', async () => {
  const own = 'stages: {net: {with: {epochs: 1}}}';
  assert.match(
    await outputFrom({'own.yaml': `extends: ./none.yaml\n${own}`}),
    /^own\.yaml:1:10 error missing-file: There is no file none\.yaml\.\n(?!.* error )/s,
  );
  assert.match(
    await outputFrom({'own.yaml': `extends: [./base.yaml]\n${own}`, 'base.yaml': base}),
    /^own\.yaml:1:10 error bad-value: `extends` must be text, got .*\n.*\n.*\n$/,
  );
});

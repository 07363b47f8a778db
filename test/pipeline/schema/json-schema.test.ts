import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {parse} from 'yaml';
import {pipelineSchema} from '../../../src/pipeline/schema/json-schema.ts';
import {compileSchema} from '../../support/texts/compile-schema.ts';
import {loadText, loadTexts} from '../../support/texts/load-text.ts';
import {testRegistry} from '../../support/registries/test-registry.ts';

const accepts = compileSchema(pipelineSchema(testRegistry));

const valid = [
  'stages: {data: {uses: make}}',
  `
name: all of it
numerics: bitwise
params: {n: 2, model: VGG11}
stages:
  data: {uses: make, with: {count: "\${params.n}", name: toy}}
  net:
    uses: train
    matrix:
      seed: {count: "\${params.n}"}
      model: [VGG11, ResNet18]
      include: [{seed: 7, model: ConvNetD3}]
      exclude: [{seed: 1}]
    inputs: {dataset: data.dataset}
    with:
      model: "\${matrix.model}"
      rate: 0.1
      sizes: [1, "\${params.n}"]
      augment: {flip: true, crop: "\${params.n}"}
    resources: {gpu: 0.5}
    timeout: 1.5h
    retry: {crash: "\${params.n}", out-of-memory: 1}
  again: {uses: make, resources: {device: "\${params.n}"}, retry: 2, timeout: "\${params.n}s"}
  join: {uses: join, inputs: {trajectories: ["net.trajectory[*]", "net.trajectory[seed=0,model=VGG11]"]}}
  table: {uses: table, inputs: {scores: "net.scores[model=*,seed=*]"}}
outputs: {table: table.table}
`,
  `
params: {python: python3, numbers: engine}
numerics: "\${params.numbers}"
stages:
  data: {uses: make}
  net: {uses: train, inputs: {dataset: data.dataset}, with: {model: VGG11}, matrix: {s: {count: 2}}}
  probe:
    run: ["\${params.python}", -c, "\${inputs.data}", "\${outputs.log}", 3, 0.5, true]
    inputs: {data: data.dataset, parts: ["net.scores[*]"]}
    outputs: {log: text, any: file}
    environment: [PATH, A=1]
    resources: {device: 1}
    timeout: 5m
  touch: {run: [touch, x], outputs: {}}
`,
  `
name: resources
params: {n: 2, spare: 1}
stages:
  some: {uses: make, with: {count: "\${params.n}"}, resources: {gpu: 1, cpus: 2, memory: "\${params.n}G", time: 1.5h}}
  more: {uses: make, with: {count: 3}, resources: {device: 1, cpus: "\${params.n}", memory: 512M, time: 30m}}
`,
];

test('the schema accepts what loadPipeline accepts', async () => {
  for (const text of valid) {
    assert.equal((await loadText(text)).kind, 'ok');
    assert.ok(accepts(parse(text)), JSON.stringify(accepts.errors));
  }
});

test('the schema accepts changed pipelines that loadPipeline accepts', async () => {
  const values = ['1', '0', '-1', '1.5', 'x', 'a.b', 'null', '[]', '{}', '[1]', '{count: 2}', '5m'];
  const edit = fc.tuple(fc.nat(1000), fc.constantFrom(...values, '"${params.n}"', './c.yaml'));
  const seen = {accepted: 0, rejected: 0};
  const property = fc.asyncProperty(
    fc.constantFrom(...valid.slice(1)),
    fc.array(edit, {minLength: 1, maxLength: 2}),
    async (whole, edits) => {
      let text = whole;
      for (const [at, value] of edits) text = replaceValue(text, at, value);
      const ok = (await loadText(text)).kind === 'ok';
      if (ok) assert.ok(accepts(parse(text)), text + JSON.stringify(accepts.errors));
      seen[ok ? 'accepted' : 'rejected']++;
    },
  );
  await fc.assert(property, {numRuns: 150});
  assert.ok(seen.accepted > 0 && seen.rejected > 0, JSON.stringify(seen));
});

/** Replaces the n-th value of a text; n is taken modulo the number of values. */
function replaceValue(text: string, nth: number, value: string): string {
  const places = [...text.matchAll(/(?<=[:,[] )("[^"]*"|[\w./-]+)(?=[,}\]\n])/g)];
  const {index, 0: old} = places[nth % places.length]!;
  return text.slice(0, index) + value + text.slice(index + old.length);
}

test('the schema accepts a reference that is written on several lines', async () => {
  const text =
    'stages: {net: {uses: make, matrix: {k: [1]}}}\noutputs:\n  a: "net.dataset[\n\n    k=1]"\n';
  assert.equal((await loadText(text)).kind, 'ok');
  assert.ok(accepts(parse(text)), JSON.stringify(accepts.errors));
});

test('the schema accepts a stage that is another pipeline', () => {
  assert.ok(accepts(parse('stages: {cell: {uses: ./cell.yaml, with: {anything: [1]}}}')));
});

test('the schema accepts a pipeline that extends another, and checks its other keys', () => {
  assert.ok(accepts(parse('extends: ./base.yaml')));
  assert.ok(
    accepts(
      parse('extends: ./base.yaml\nstages: {net: {with: {epochs: 2}, matrix: null}, data: null}'),
    ),
  );
  assert.equal(accepts(parse('extends: [./base.yaml]')), false);
  assert.equal(accepts(parse('extends: ./base.yaml\nparms: {}')), false);
  assert.equal(accepts(parse('name: neither')), false);
});

test('the schema rejects what an editor can know to be wrong', () => {
  const wrong = [
    'stages: {}',
    'numerics: exact\nstages: {data: {uses: make}}',
    'stages: {data: {uses: mak}}',
    'stages: {"my data": {uses: make}}',
    'stages: {data: {uses: make, wiht: {}}}',
    'stages: {data: {uses: make, with: {cuont: 1}}}',
    'stages: {data: {uses: make, with: {count: "fifty"}}}',
    'stages: {net: {uses: train, inputs: {dataset: a.b}}}',
    'stages: {net: {uses: train, with: {model: VGG11}}}',
    'stages: {net: {uses: train, with: {model: VGG12}, inputs: {dataset: a.b}}}',
    'stages: {net: {uses: train, with: {model: VGG11}, inputs: {dataset: [a.b]}}}',
    'stages: {net: {uses: train, with: {model: VGG11}, inputs: {dataset: a}}}',
    'stages: {data: {uses: make, matrix: {a: []}}}',
    'stages: {data: {uses: make, resources: {device: 0.5}}}',
    'stages: {ls: {run: ls, outputs: {}}}',
    'stages: {ls: {run: [], outputs: {}}}',
    'stages: {ls: {run: [ls]}}',
    'stages: {ls: {run: [ls, [a]], outputs: {}}}',
    'stages: {ls: {run: [ls], outputs: {log: txt}}}',
    'stages: {ls: {run: [ls], outputs: {}, with: {}}}',
    'stages: {ls: {run: [ls], uses: make, outputs: {}}}',
    'stages: {ls: {run: [ls], outputs: {}, environment: [1A]}}',
    'stages: {data: {uses: make, outputs: {}}}',
    'stages: {data: {uses: make, environment: [A]}}',
    'stages: {data: {uses: make, resources: {gpu: 1.5}}}',
    'stages: {data: {uses: make, resources: {gpu: 1, device: 1}}}',
    'stages: {data: {uses: make, resources: {cpus: 0.5}}}',
    'stages: {data: {uses: make, resources: {memory: 16}}}',
    'stages: {data: {uses: make, resources: {memory: 16 GB}}}',
    'stages: {data: {uses: make, resources: {time: 30}}}',
    'stages: {data: {uses: make, timeout: 90}}',
    'stages: {data: {uses: make, retry: -1}}',
    'stages: {data: {uses: make, retry: {killed: 1}}}',
    'stages: {data: {uses: make, matrix: {a: {count: 0}}}}',
    'stages: {data: {uses: make, matrix: {a: {cuont: 2}}}}',
    'stages: {data: {uses: make, matrix: {a: [1], include: {a: 2}}}}',
    'stages: {data: {uses: make, matrix: {a: [1], exclude: [1]}}}',
    'stages: {cell: {uses: ./cell.yaml, inputs: {dataset: a.b}}}',
    'stages: {cell: {uses: ./cell.yaml, resources: {device: 1}}}',
    'stages: {cell: {uses: ./cell.yaml, retry: 1}}',
    'stages: {cell: {uses: ./cell.yaml, timeout: 1h}}',
    'stages: {cell: {uses: ./cell.yaml, with: [1]}}',
    'stages: {cell: {uses: cell}}',
    'stages: {ls: {run: [ls], inputs: {"a b": c.d}, outputs: {}}}',
    'stages: {ls: {run: [ls], inputs: {a: c}, outputs: {}}}',
    'stages: {data: {uses: make}}\noutputs: {a: data}',
  ];
  for (const text of wrong) assert.equal(accepts(parse(text)), false, text);
});

test('the schema rejects the fixtures about the form of a pipeline', () => {
  const folder = path.join(import.meta.dirname, '../../../../test/fixtures/diagnostics');
  const shape = [
    'unknown-key',
    'missing-key',
    'conflicting-keys',
    'unknown-media',
    'unknown-stage-type',
    'missing-param',
    'unknown-input',
  ];
  const names = readdirSync(folder).filter((name) => shape.includes(name.split('.')[0]!));
  assert.ok(names.length >= shape.length);
  for (const name of names) {
    const [text] = readFileSync(path.join(folder, name), 'utf8').split('---8<---');
    assert.equal(accepts(parse(text!)), false, name);
  }
});

test('loadPipeline rejects stages of a file that the schema rejects', async () => {
  const wrong = [
    'inputs: {dataset: a.b}',
    'resources: {device: 1}',
    'retry: 1',
    'timeout: 1h',
    'outputs: {a: text}',
  ];
  for (const key of wrong) {
    const text = `stages: {cell: {uses: ./cell.yaml, ${key}}}`;
    assert.equal(accepts(parse(text)), false, key);
    const files = {'pipeline.yaml': text, 'cell.yaml': 'stages: {a: {uses: make}}'};
    assert.equal((await loadTexts(files)).kind, 'invalid', key);
  }
});

test('every parameter has its description and default where editors look for them', () => {
  const schema = JSON.stringify(pipelineSchema(testRegistry));
  assert.ok(
    schema.includes(
      '{"description":"How long\\n\\nDefault: 50","default":50,"anyOf":[{"type":"integer"',
    ),
  );
});

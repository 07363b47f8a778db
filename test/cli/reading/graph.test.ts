import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';
import {parseXml, withDescendants} from '../../support/texts/xml.ts';

const pipeline = `
stages:
  part: {uses: say, matrix: {n: [1, 2]}, with: {text: "t\${matrix.n}"}}
  cell: {uses: ./cell.yaml, with: {text: x}}
  both: {uses: join, inputs: {parts: ["part.out[*]", cell.out]}}
`;

const cell = `
params: {text: y}
stages:
  inner: {uses: say, with: {text: "\${params.text}"}}
outputs: {out: inner.out}
`;

async function rigWithPipeline(): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  await rig.write('cell.yaml', cell);
  return rig;
}

test('stages, or every instance, as text', async () => {
  await using rig = await rigWithPipeline();
  const stages = await rig.pipeline('graph', 'p.yaml');
  assert.equal(stages.code, 0, stages.stderr);
  assert.deepEqual(stages.stdout.trimEnd().split('\n').sort(), [
    'both  (join)  ← part, cell/inner',
    'cell/inner  (say)',
    'part ×2  (say)',
  ]);
  const instances = await rig.pipeline('graph', 'p.yaml', '--instances');
  assert.match(instances.stdout, /both {2}\(join\) {2}← part\[n=1\], part\[n=2\], cell\/inner\n/);
  const chosen = await rig.pipeline('graph', 'p.yaml', 'part[n=2]', '--instances');
  assert.equal(chosen.stdout, 'part[n=2]  (say)\n');
});

test('a Mermaid flowchart: nodes, a cluster for what is nested, and arrows', async () => {
  await using rig = await rigWithPipeline();
  const {stdout} = await rig.pipeline('graph', 'p.yaml', '--format', 'mermaid');
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines[0], 'flowchart TD');
  const ids = new Map(
    Array.from(stdout.matchAll(/(n\d+)\["([^"<]+)<br\/>\w+"\]/g), (m) => [m[2], m[1]] as const),
  );
  assert.deepEqual(new Set(ids.keys()), new Set(['both', 'inner', 'part ×2']));
  assert.match(stdout, /subgraph c0\["cell"\]\n {4}n\d\["inner<br\/>say"\]\n {2}end\n/);
  const arrows = lines.filter((line) => line.includes('-->')).sort();
  const both = ids.get('both')!;
  assert.deepEqual(
    arrows,
    [`  ${ids.get('inner')!} --> ${both}`, `  ${ids.get('part ×2')!} --> ${both}`].sort(),
  );
});

test('Graphviz: quotes are escaped, and -o writes a file', async () => {
  await using rig = await rigWithPipeline();
  await rig.write(
    'q.yaml',
    `name: 'a "b" \\c'\nstages: {one: {uses: say, matrix: {n: ['x"y']}, with: {text: a}, description: 'says "a"'}}\n`,
  );
  const drawn = ['graph', 'q.yaml', '--format', 'dot', '--instances'];
  const {code, stdout} = await rig.pipeline(...drawn, '-o', 'q.dot');
  assert.deepEqual([code, stdout], [0, '']);
  const text = await rig.read('q.dot');
  assert.match(text, /^digraph "a \\"b\\" &#92;c" \{\n/);
  const node = String.raw`"one[n=\"x&#92;\"y\"]" [label="one[n=\"x\\\"y\"]\nsay", tooltip="says \"a\""];`;
  assert.ok(text.includes(node), text);
  assert.match(text, /\}\n$/);
  const nowhere = await rig.pipeline(...drawn, '-o', 'no/such/folder/q.dot');
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /cannot be written/);
});

test('an SVG of the chosen instances, without Graphviz installed', async () => {
  await using rig = await rigWithPipeline();
  const drawn = ['graph', 'p.yaml', 'part', '--format', 'svg', '--instances'];
  const {code, stdout, stderr} = await rig.pipeline(...drawn);
  assert.equal(code, 0, stderr);
  const texts = withDescendants(parseXml(stdout)).filter(({name}) => name === 'text');
  assert.deepEqual(
    texts.map(({text}) => text),
    ['part[n=1]', 'say', 'part[n=2]', 'say'],
  );
  await rig.pipeline(...drawn, '-o', 'p.svg');
  assert.equal(await rig.read('p.svg'), stdout);
});

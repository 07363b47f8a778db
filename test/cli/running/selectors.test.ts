import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Rig, type Finished} from '../../support/program/rig.ts';

/** A table over cells, as in papers. A cell is a nested pipeline, and contains another one. */
const table = `
params: {names: {set: digits}, classes: 2, ipc: [1, 10, 50]}
stages:
  distilled:
    uses: ./cells/cell.yaml
    matrix: {ipc: "\${params.ipc}"}
    with: {set: "\${params.names.set}", ipc: "\${matrix.ipc}", classes: "\${params.classes}"}
  whole: {uses: ./cells/data.yaml, with: {set: "\${params.names.set}"}}
  table: {uses: join, inputs: {parts: ["distilled.text[*]", whole.text]}}
`;
const cell = `
params: {set: none, ipc: 0, classes: 1}
stages:
  data: {uses: ./data.yaml, with: {set: "\${params.set}"}}
  image:
    uses: say
    matrix: {label: {count: "\${params.classes}"}}
    with: {text: "\${params.ipc}×\${matrix.label}"}
  all: {uses: join, inputs: {parts: [data.text, "image.out[*]"]}}
outputs: {text: all.out}
`;
const data = `
params: {set: none}
stages:
  load: {uses: say, with: {text: "\${params.set}"}}
outputs: {text: load.out}
`;

async function rigWith(files: Readonly<Record<string, string>>): Promise<Rig> {
  const rig = await Rig.create();
  for (const [name, text] of Object.entries(files)) await rig.write(name, text);
  return rig;
}

const nested = {'pipeline.yaml': table, 'cells/cell.yaml': cell, 'cells/data.yaml': data};

async function ok(finished: Promise<Finished>): Promise<string> {
  const {code, stdout, stderr} = await finished;
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** Gives the text of an output among the results of the newest run. */
async function result(rig: Rig, name: string): Promise<string> {
  return await rig.read(`artifacts/runs/${(await rig.runs()).at(-1)!}/results/${name}`);
}

let made: Rig;
before(async () => {
  made = await rigWith(nested);
  await ok(made.pipeline('run'));
});
after(async () => made[Symbol.asyncDispose]());

test('only the instances of a stage with the selected values run, with everything they need', async () => {
  await using rig = await rigWith(nested);
  await ok(rig.pipeline('run', 'distilled[ipc=1|10]', '--set', 'classes=1'));
  assert.deepEqual((await rig.started()).toSorted(), [
    'distilled[ipc=10]/all',
    'distilled[ipc=10]/image[label=0]',
    'distilled[ipc=1]/all',
    'distilled[ipc=1]/data/load',
    'distilled[ipc=1]/image[label=0]',
  ]);
});

test('work that two places share is done once, however deep they are nested, and each has its result', async () => {
  assert.deepEqual(
    (await made.eventsOf((await made.runs())[0]!)).flatMap((event) =>
      event.kind === 'started' && String(event.instance).endsWith('load') ? event.instance : [],
    ),
    ['distilled[ipc=1]/data/load'],
  );
  const cells = [1, 10, 50].map((ipc) => `digits+${ipc}×0+${ipc}×1`);
  await ok(made.pipeline('run', 'table'));
  assert.equal(await result(made, 'table.txt'), [...cells, 'digits'].join('+'));
});

test('every command takes the same selectors, into nested pipelines too', async () => {
  const label = 'distilled[ipc=10|50]/image[label=1]';
  const chosen = ['distilled[ipc=10]/image[label=1]', 'distilled[ipc=50]/image[label=1]'];
  const lines = chosen.map((id) => `hit    ${id}\n`).join('');
  assert.ok((await ok(made.pipeline('plan', label, '--all'))).startsWith(lines));
  assert.match(await ok(made.pipeline('why', label)), /^hit {4}distilled\[ipc=10].*$/m);
  assert.match(await ok(made.pipeline('validate', label)), /: 14 instances, 2 of them chosen\.\n$/);
  assert.equal(
    await ok(made.pipeline('graph', label, '--instances')),
    chosen.map((id) => `${id}  (say)\n`).join(''),
  );
  assert.match(await ok(made.pipeline('run', label)), /0 ran, 2 stored already/);
  // A selector of an inner stage may name axes of the outer stages. A selector of a nested pipeline selects all its
  // stages.
  for (const [selector, count] of [
    ['distilled/image[ipc=10|50,label=1]', 2],
    ['distilled/data', 3],
    ['distilled[ipc=1]', 4],
    ['distilled[*]/image[label=*]', 6],
  ] as const) {
    const text = await ok(made.pipeline('plan', selector, '--json'));
    const planned = text.match(/"instance":/g)?.length;
    assert.equal(planned, count, selector);
  }
});

test('--until, --force and --set reach into nested pipelines', async () => {
  await using rig = await rigWith(nested);
  await ok(rig.pipeline('run', '--until', 'distilled[ipc=1|10]/image', '--set', 'classes=1'));
  // The run omits what is downstream of the images for ipc 1 and 10. The cell for ipc 50 is not downstream of them.
  assert.deepEqual((await rig.started()).toSorted(), [
    'distilled[ipc=10]/image[label=0]',
    'distilled[ipc=1]/data/load',
    'distilled[ipc=1]/image[label=0]',
    'distilled[ipc=50]/all',
    'distilled[ipc=50]/image[label=0]',
  ]);
  await ok(rig.pipeline('run', '--set', 'classes=1'));
  assert.deepEqual((await rig.started()).toSorted(), [
    'distilled[ipc=10]/all',
    'distilled[ipc=1]/all',
    'table',
  ]);
  const force = ['--force', 'distilled[ipc=10]/image[label=0]'];
  await ok(rig.pipeline('run', '--set', 'classes=1', ...force));
  assert.deepEqual(await rig.started(), ['distilled[ipc=10]/image[label=0]']);
  await ok(rig.pipeline('run', '--set', 'classes=1', '--set', 'names.set=letters', 'table'));
  assert.deepEqual((await rig.started())[0], 'distilled[ipc=1]/data/load');
  assert.match(await result(rig, 'table.txt'), /^letters\+1×0\+letters\+10×0\+letters\+50×0/);
});

test('--set takes YAML, inner parameters, and texts that look like something else; the last of two counts', async () => {
  await using rig = await rigWith({
    'pipeline.yaml': `
params: {a: {b: {c: 1}, d: 2}, list: [x]}
stages:
  one: {uses: say, with: {text: "\${params.a.b.c} \${params.a.d}"}}
  each: {uses: say, matrix: {of: "\${params.list}"}, with: {text: "of \${matrix.of}"}}
`,
  });
  const set = ['a.b.c=x=y', 'a.d={}', 'a.d="5"', 'list=["p q", 東京, "1e3", 1e3]'];
  await ok(rig.pipeline('run', ...set.flatMap((text) => ['--set', text])));
  assert.equal(await result(rig, 'one.txt'), 'x=y 5');
  assert.deepEqual((await rig.started()).toSorted(), [
    'each[of=1000]',
    'each[of=1e3]',
    'each[of=p q]',
    'each[of=東京]',
    'one',
  ]);
  const {code, stderr} = await rig.pipeline('run', '--set', 'a.b.x=1', '--set', 'a.d.e=1');
  assert.equal(code, 3);
  assert.match(stderr, /no parameter `params\.a\.b\.x`; `params\.a\.b` has `c`\./);
  assert.match(stderr, /no parameter `params\.a\.d\.e`/);
});

test('a matrix of lists and counts, less exclude, plus include; what takes it in takes all, or shares an axis', async () => {
  await using rig = await rigWith({
    'pipeline.yaml': `
params: {seeds: 2, models: [A, "B,b"]}
stages:
  net:
    uses: say
    matrix:
      model: "\${params.models}"
      seed: {count: "\${params.seeds}"}
      exclude: [{model: A, seed: 1}]
      include: [{model: C, seed: 7}, {seed: 5}]
    with: {text: "\${matrix.model}\${matrix.seed}"}
  by-model: {uses: join, matrix: {model: [A, "B,b", C]}, inputs: {parts: "net.out[seed=*]"}}
  all: {uses: join, inputs: {parts: "net.out[*]"}}
  some: {uses: join, inputs: {parts: ["net.out[model=A,seed=0|5]", "net.out[seed=7,model=*]"]}}
`,
  });
  await ok(rig.pipeline('run'));
  assert.equal(await result(rig, 'all.txt'), 'A0+B,b0+B,b1+C7+A5+B,b5');
  assert.equal(await result(rig, 'some.txt'), 'A0+A5+C7');
  assert.equal(await result(rig, 'by-model,model=A.txt'), 'A0+A5');
  await ok(rig.pipeline('run', 'by-model[model="B,b"|C]', '--set', 'seeds=3'));
  assert.deepEqual((await rig.started()).toSorted(), [
    'by-model[model="B,b"]',
    'net[model="B,b",seed=2]',
  ]);
});

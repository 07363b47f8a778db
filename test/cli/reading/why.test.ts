import assert from 'node:assert/strict';
import {readFile, unlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const letters = `
params: {n: 3, between: "+", text: t}
stages:
  first: {uses: say, matrix: {k: {count: "\${params.n}"}}, with: {text: "\${params.text}\${matrix.k}"}}
  both: {uses: join, inputs: {parts: ["first.out[*]"]}, with: {between: "\${params.between}"}}
  size: {uses: measure, inputs: {of: both.out}}
  last: {uses: join, inputs: {parts: [size.out, both.out]}}
`;

/** Gives what `pipeline why` prints, without lineages; keys and times are replaced, since they differ between runs. */
async function why(rig: Rig, ...args: readonly string[]): Promise<string> {
  return (await whole(rig, ...args)).replaceAll(
    /^ {7}made by (?!the run)[^\n]*\n( {9}.*\n)*/gm,
    '',
  );
}

async function whole(rig: Rig, ...args: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await rig.pipeline('why', ...args);
  assert.equal(code, 0, stdout + stderr);
  return stdout
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'WHEN')
    .replaceAll(/\d{8}-\d{6}\.\d{3}-[0-9a-f]{6}/g, 'RUN')
    .replaceAll(/attempt \S+, on \S+/g, 'attempt A, on HOST')
    .replaceAll(/after .* of work/g, 'after T of work')
    .replaceAll(/, (?!after)[^,]* of work/g, ', T of work')
    .replaceAll(/[0-9a-f]{64}/g, 'SHA')
    .replaceAll(/[0-9a-f]{8}…/g, 'SHA…');
}

async function rigWithResults(): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('pipeline.yaml', letters);
  assert.equal((await rig.pipeline('run')).code, 0);
  return rig;
}

test('an instance that never ran needs no further reason', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', letters);
  assert.equal(
    await why(rig, 'both', '--set', 'n=1'),
    `run    both  (join)
       it is the first time
       no run has had it
`,
  );
  assert.deepEqual(await rig.stored('.'), []);
});

test('a hit says since when, by which run and why it ran then', async () => {
  await using rig = await rigWithResults();
  const stored = `hit    last  (join)
       stored since WHEN, after T of work
       made by the run RUN, attempt A, on HOST
       key SHA
       it ran because it is the first time
`;
  assert.equal(await why(rig, 'last'), stored);
  await rig.pipeline('run');
  assert.equal(await why(rig, 'last'), `${stored}       in the run RUN it was stored already\n`);
  await rig.pipeline('run', '--force', 'last');
  assert.match(await why(rig, 'last'), /it ran because it is forced\n$/);
});

test('a hit says by what it was made: every stage with inputs, settings and keys', async () => {
  await using rig = await rigWithResults();
  const text = await whole(rig, 'last');
  assert.equal(
    text.slice(text.indexOf('       made by 6')),
    `       made by 6 instances, itself the last:
         first ×3  (say, version 1)
           text: t0 | t1 | t2, gate: ""
           keys SHA… and 2 more, T of work
         both  (join, version 1)
           ← first.out ×3
           between: +
           key SHA, T of work
         size  (measure, version 1)
           ← both.out
           key SHA, T of work
         last  (join, version 1)
           ← size.out, both.out
           between: +
           key SHA, T of work
`,
  );
  // Without a selection, `why` prints no lineages, since they would be too long.
  assert.doesNotMatch(await whole(rig, 'last', 'size'), /instances, itself/);
});

test('the lineage says the engine, and nothing of a record reaches the terminal as it is', async () => {
  await using rig = await rigWithResults();
  const file = await rig.recordFileOf('size');
  const record = JSON.parse(await readFile(file, 'utf8')) as object;
  const provenance = {engine: 'wasm', note: 'a\u001b[31mred\u202e', 'b\u009b': 1};
  await unlink(file);
  await writeFile(file, JSON.stringify({...record, provenance}));
  const text = await whole(rig, 'last');
  const lines = text.slice(text.indexOf('         size'), text.indexOf('         last'));
  assert.match(lines, /engine: wasm, note: "a\\u001b\[31mred\\u\{202e\}", b\\u\{9b\}: 1\n/);
});

const experts = `
params: {steps: 2, stop: 5, experts: 5}
stages:
  expert:
    uses: churn
    matrix: {model: [LeNet, MLP], expert: {count: "\${params.experts}"}}
    with: {text: "\${matrix.model} \${matrix.expert}", steps: "\${params.steps}", stopAt: "\${params.stop}"}
`;

test('changes are reported field by field, against the nearest earlier result and not the newest', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', experts);
  assert.equal((await rig.pipeline('run')).code, 0);
  const told = async (...args: readonly string[]): Promise<string> =>
    (await why(rig, 'expert[model=LeNet,expert=3]', ...args)).split('       key')[0]!;
  const head = 'run    expert[model=LeNet,expert=3]  (churn)\n';
  const compared =
    '       compared with the result of WHEN, the nearest of 10 of its stage type (key SHA…)\n';
  assert.equal(await told('--set', 'steps=3'), `${head}       steps: 2 → 3\n${compared}`);
  assert.equal(
    await told('--set', 'steps=3', '--set', 'stop=4'),
    `${head}       steps: 2 → 3\n       stopAt: 5 → 4\n${compared}`,
  );
  const versions = {PIPELINE_TEST_VERSIONS: 'churn=2'};
  const {stdout} = await rig
    .with(versions)
    .start(['why', 'expert[model=LeNet,expert=3]', '--set', 'steps=3']).finished;
  assert.ok(
    stdout.startsWith(
      `${head}       its stage type changed from version 1 to 2\n       steps: 2 → 3\n`,
    ),
    stdout,
  );
});

test('a changed input is traced to the parameter behind it', async () => {
  await using rig = await rigWithResults();
  await rig.pipeline('run', 'size', '--set', 'between="--"');
  const cause = `its input parts changed
       ├─ size gives other bytes than before
       │  └─ its input of changed
       │     └─ both gives other bytes than before
       │        └─ between: "+" → "--"
       └─ both gives other bytes than before
          └─ between: "+" → "--"
`;
  assert.equal(
    await why(rig, 'last', '--set', 'between="--"'),
    `run    last  (join)
       ${cause}       compared with the result of WHEN, the nearest of 3 of its stage type (key SHA…)
       key SHA
       in the run RUN it had another key (SHA…) and was finished, started because it is the first time
`,
  );
  await rig.pipeline('run', '--set', 'between="--"');
  const after = await why(rig, 'last', '--set', 'between="--"');
  assert.ok(after.endsWith(`it ran because ${cause}`), after);
});

test('the reason for a changed list of inputs names the added artifacts', async () => {
  await using rig = await rigWithResults();
  await rig.pipeline('run', 'first', '--set', 'n=5');
  assert.match(
    await why(rig, 'both', '--set', 'n=5'),
    /its input parts changed: 5 artifacts, 3 before\n {7}├─ first\[k=3\] was not among them\n {7}└─ first\[k=4\] was not/,
  );
});

test('a missing, damaged or cut artifact is named', async () => {
  await using rig = await rigWithResults();
  const finished = (await rig.events()).find(
    (event) => event.kind === 'finished' && String(event.instance) === 'both',
  );
  assert.ok(finished?.kind === 'finished');
  const {digest} = finished.record.outputs['out']!.artifacts[0]!;
  const blob = path.join('artifacts/cas', digest.slice(0, 2), digest);
  await unlink(path.join(rig.folder, blob));
  const {stdout} = await rig.pipeline('why', 'both');
  assert.ok(stdout.includes(`the bytes of its output out are gone: ${blob}\n`), stdout);
  await rig.write(
    `artifacts/records/${finished.record.key.slice(0, 2)}/${finished.record.key}.json`,
    '{',
  );
  assert.match(await why(rig, 'both'), /its record is corrupt\n/);
});

test('an edited user file is reported by its name', async () => {
  await using rig = await Rig.create();
  await rig.write('in.txt', 'one');
  await rig.write(
    'pipeline.yaml',
    `
stages:
  copy: {run: [cp, "\${inputs.x}", "\${outputs.out}"], inputs: {x: ./in.txt}, outputs: {out: text}}
  size: {uses: measure, inputs: {of: copy.out}}
`,
  );
  assert.equal((await rig.pipeline('run')).code, 0);
  await rig.write('in.txt', 'three');
  const told = await why(rig, 'size');
  assert.ok(
    told.startsWith(`maybe  size  (measure)
       an input is not there yet
       └─ copy will run first
          └─ its input x changed
             └─ ./in.txt gives other bytes than before
`),
    told,
  );
});

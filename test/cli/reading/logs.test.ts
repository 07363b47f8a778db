import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = (gate: string): string => `
stages:
  part: {uses: say, matrix: {n: [1, 2]}, with: {text: "part \${matrix.n}"}}
  last: {uses: churn, inputs: {}, with: {text: a, steps: 3, stopAt: 1, gate: "${gate}"}}
`;

test('logs of a run, of some of its instances, and of an older run', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline(''));
  assert.equal((await rig.pipeline('run', 'p.yaml', '--jobs', '1')).code, 0);
  const all = await rig.pipeline('logs');
  assert.equal(all.code, 0);
  assert.deepEqual(
    new Set(all.stdout.trimEnd().split('\n')),
    new Set(['part[n=1] │ saying part 1', 'part[n=2] │ saying part 2', 'last │ from step 0']),
  );
  assert.equal((await rig.pipeline('logs', 'part[n=2]')).stdout, 'saying part 2\n');

  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const stored = await rig.pipeline('logs');
  assert.deepEqual([stored.code, stored.stdout], [0, '']);
  assert.match(stored.stderr, /all results were stored already/);
  const [older] = await rig.runs();
  assert.equal((await rig.pipeline('logs', older!, 'last')).stdout, 'from step 0\n');
});

test('an unknown run or instance is named', async () => {
  await using rig = await Rig.create();
  const empty = await rig.pipeline('logs');
  assert.equal(empty.code, 4);
  assert.match(empty.stderr, /There is no store artifacts yet/);
  await rig.write('p.yaml', pipeline(''));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const misspelt = await rig.pipeline('logs', 'prt');
  assert.equal(misspelt.code, 2);
  assert.match(misspelt.stderr, /has no instance `prt`; did you mean `part`\?/);
  assert.equal((await rig.pipeline('logs', '2000-01-01')).code, 2);
});

test('-f shows new lines while a run goes on, and ends with it', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', pipeline(gate.path));
  const run = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  const logs = rig.start(['logs', '-f', 'last', 'part']);
  await logs.line('last │ from step 0\n');
  stage.let('go');
  assert.equal((await run.finished).code, 0);
  const {code, stdout} = await logs.finished;
  assert.equal(code, 0);
  assert.equal(stdout.trimEnd().split('\n').length, 3);
  assert.ok(stdout.includes('part[n=2] │ saying part 2\n'));
});

test('-f follows workers whose run has been killed, and ends when they have ended', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', pipeline(gate.path));
  const run = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  const logs = rig.start(['logs', '-f']);
  await logs.line('last │ from step 0\n');
  run.kill('SIGKILL');
  await run.finished;
  stage.let('go');
  assert.equal((await logs.finished).code, 0);
});

test('-f follows a run that was killed before, while something of it is computed', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', pipeline(gate.path));
  const run = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  run.kill('SIGKILL');
  await run.finished;
  const logs = rig.start(['logs', '-f', 'last']);
  await logs.line('last │ from step 0\n');
  let ended = false;
  void logs.finished.then(() => (ended = true));
  assert.match((await rig.pipeline('status')).stdout, /Still being computed/);
  assert.equal(ended, false);
  stage.let('go');
  assert.equal((await logs.finished).code, 0);
});

test('each attempt at an instance has its log, and logs shows them one after the other', async () => {
  await using rig = await Rig.create();
  const script =
    'if mkdir "$1" 2>&-; then echo first; exit 1; fi; echo second; echo x > outputs/out.txt';
  await rig.write(
    'p.yaml',
    `
stages:
  flaky:
    run: [sh, -c, '${script}', sh, '${rig.folder}/once']
    outputs: {out: text}
    retry: {crash: 1}
`,
  );
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  for (const options of [[], ['-f']]) {
    assert.equal((await rig.pipeline('logs', 'flaky', ...options)).stdout, 'first\nsecond\n');
  }
});

test('Ctrl-C ends -f', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', pipeline(gate.path));
  const run = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  const logs = rig.start(['logs', '-f']);
  await logs.line('last │ from step 0\n');
  logs.kill('SIGINT');
  assert.equal((await logs.finished).code, 0);
  stage.let('go');
  assert.equal((await run.finished).code, 0);
});

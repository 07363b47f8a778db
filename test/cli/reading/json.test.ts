import assert from 'node:assert/strict';
import {appendFile, chmod} from 'node:fs/promises';
import {after, before, test} from 'node:test';
import {Driver, type Driven} from '../../../bench/fuzz/drive.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
params: {word: first}
stages:
  said: {uses: say, matrix: {seed: {count: 2}}, with: {text: "\${params.word} \${matrix.seed}"}}
  told: {run: [sh, -c, 'echo one; echo two; cat "$1" > "$2"', sh, "\${inputs.from}", "\${outputs.o}"],
         inputs: {from: 'said.out[seed=0]'}, outputs: {o: text}}
`;

let rig: Rig;
let driver: Driver;

/** Runs a command in this process. */
async function drive(...words: string[]): Promise<Driven> {
  return await driver.drive(words);
}

/** Runs a command with `--json`; gives its exit code and the only object that it prints. */
async function answer(...words: string[]): Promise<Record<string, unknown>> {
  const {code, stdout, stderr} = await drive(...words, '--json');
  assert.equal(stderr, '', words.join(' '));
  return {code, ...(JSON.parse(stdout) as object)};
}

/** Runs a command that prints one JSON object a line; gives the objects. */
async function lines(...words: string[]): Promise<readonly Record<string, unknown>[]> {
  const {stdout, stderr} = await drive(...words, '--json');
  assert.equal(stderr, '', words.join(' '));
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

before(async () => {
  rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  // The runs are made by separate processes that have ended, because gc keeps what a live process used.
  assert.equal((await rig.start(['run', 'p.yaml']).finished).code, 0);
  process.chdir(rig.folder);
  driver = new Driver(rig.folder, 'scripted');
  const again = await rig.start(['run', 'p.yaml', '--set', 'word=second', '--quiet']).finished;
  assert.equal(again.code, 0, again.stderr);
  // `--quiet` prints only the results.
  assert.match(again.stdout, /^Results in artifacts\/runs\/\S+\n( {2}\S+\n)+$/);
  assert.equal(again.stderr, '');
});
after(async () => await rig[Symbol.asyncDispose]());

test('why, logs and graph tell programs what they tell people', async () => {
  const why = await lines('why', 'p.yaml');
  assert.deepEqual(
    why.map(({instance, type, verdict}) => [instance, type, verdict]),
    [
      ['said[seed=0]', 'say', 'hit'],
      ['said[seed=1]', 'say', 'hit'],
      ['told', 'run', 'hit'],
    ],
  );
  const [changed] = await lines('why', 'p.yaml', 'said[seed=0]', '--set', 'word=third');
  const [{reason}] = changed!['causes'] as readonly [{readonly reason: object}];
  const {was, ...change} = reason as {readonly was: string};
  assert.deepEqual(change, {kind: 'param-changed', pointer: '/text', now: 'third 0'});
  assert.match(was, /^(first|second) [01]$/);
  const [made] = await lines('why', 'p.yaml', 'told');
  const lineage = made!['lineage'] as readonly {readonly instance: string}[];
  assert.deepEqual(
    lineage.map(({instance}) => instance),
    ['said[seed=0]', 'told'],
  );
  const run = (await rig.runs()).at(-1)!;
  assert.deepEqual(await lines('logs', 'latest', 'told'), [
    {instance: 'told', run, text: 'one'},
    {instance: 'told', run, text: 'two'},
  ]);
  const graph = await answer('graph', 'p.yaml');
  assert.deepEqual(graph['edges'], [['said', 'told']]);
  assert.equal((graph['nodes'] as Record<string, {count: number}>)['said']?.count, 2);
});

test('a run is shown with its command and its settings', async () => {
  const command = 'pipeline run p.yaml --set word=second --quiet';
  for (const words of [['status'], ['show', (await rig.runs()).at(-1)!]]) {
    const {stdout} = await drive(...words);
    assert.match(stdout, new RegExp(`^  Command: ${command}\n  Set: word=second\n  Started `, 'm'));
    const run = await answer(...words);
    assert.deepEqual([run['command'], run['set']], [command, ['word=second']]);
  }
});

test('diff tells programs the differences between two runs, results and files', async () => {
  const [older, newer] = await rig.runs();
  const runs = await answer('diff', older!, newer!);
  assert.deepEqual([runs['code'], runs['equal']], [1, false]);
  const {changed, onlyInA} = runs['difference'] as Record<string, readonly {instance: string}[]>;
  assert.deepEqual(onlyInA, []);
  assert.deepEqual(
    changed?.map(({instance}) => instance),
    ['said[seed=0]', 'said[seed=1]', 'told'],
  );
  const results = await answer('diff', 'said[seed=0]', 'said[seed=1]');
  const {reasons, outputs} = results['difference'] as Record<string, unknown>;
  assert.deepEqual(reasons, [
    {kind: 'param-changed', pointer: '/text', was: 'second 0', now: 'second 1'},
  ]);
  const {out} = outputs as Record<string, {artifacts: {kind: string; differingLines: number}[]}>;
  assert.deepEqual(out?.artifacts[0]?.kind, 'text');
  assert.equal(out?.artifacts[0]?.differingLines, 1);
  const same = await answer('diff', 'told.o', 'told.o');
  assert.deepEqual([same['code'], same['equal'], same['difference']], [0, true, {kind: 'equal'}]);
});

test('verify, gc and doctor tell programs what they found', async () => {
  const whole = await answer('verify');
  assert.deepEqual([whole['code'], whole['findings'], whole['results']], [0, [], 6]);
  assert.deepEqual(await lines('verify', 'p.yaml', '--rebuild', 'told'), [
    {name: 'told.o', comparison: {kind: 'equal'}, verdict: 'equal'},
    {outputs: {equal: 1, within: 0, diverged: 0, failed: 0}, notStored: []},
  ]);
  const damaged = await rig.artifactOf('said[seed=1]');
  await chmod(damaged, 0o644);
  await appendFile(damaged, '!');
  const {code, findings} = await answer('verify');
  assert.equal(code, 4);
  const [found] = findings as readonly Record<string, unknown>[];
  assert.deepEqual([found?.['kind'], found?.['path']], ['artifact-damaged', damaged]);
  const gc = await answer('gc', '--dry-run', '--max-size', '0MB');
  assert.equal(gc['removed'], null);
  const plan = gc['plan'] as {results: {why: string}[]; kept: object};
  assert.deepEqual([plan.results.length, plan.results[0]?.why], [6, 'size']);
  const doctor = await answer('doctor', '--devices', 'none');
  assert.deepEqual(
    [doctor['cores'], doctor['gpus'], (doctor['store'] as {usable: boolean}).usable],
    [2, [], true],
  );
});

test('with --json a refusal is JSON in place of the answer, in one form for all', async () => {
  const codes = async (...words: string[]): Promise<unknown> => {
    const {code, diagnostics} = await answer(...words);
    const all = diagnostics as readonly Record<string, unknown>[];
    for (const one of all) {
      assert.equal(typeof one['message'], 'string');
      assert.ok(Array.isArray(one['notes']));
    }
    return [code, ...all.map((one) => `${String(one['severity'])} ${String(one['code'])}`)];
  };
  assert.deepEqual(await codes('status', '--store', 'nowhere'), [4, 'error unusable-store']);
  assert.deepEqual(await codes('status', 'nope'), [2, 'error unknown-run']);
  assert.deepEqual(await codes('logs', 'latest', 'nope'), [2, 'error unknown-instance']);
  const unknown = 'error unknown-result';
  assert.deepEqual(await codes('diff', 'nope', 'nada'), [2, unknown, unknown]);
  assert.deepEqual(await codes('diff', 'latest', 'told'), [2, 'error unlike-kinds']);
  assert.deepEqual(await codes('show', 'told', '--rowz', '1'), [2, 'error bad-command-line']);
  assert.deepEqual(await codes('plan', 'p.yaml', 'tolt'), [3, 'error unknown-stage']);
  assert.deepEqual(await codes('run', 'q.yaml'), [3, 'error missing-file']);
  assert.deepEqual(await codes('stages', 'trian'), [2, 'error unknown-stage-type']);
  const {diagnostics} = await answer('graph', 'p.yaml', 'said[sed=0]');
  assert.deepEqual(diagnostics, [
    {
      code: 'unknown-axis',
      severity: 'error',
      message: '`said` has no axis `sed`; it has `seed`.',
      argument: 'said[sed=0]',
      line: 1,
      column: 6,
      endLine: 1,
      endColumn: 9,
      notes: [],
      suggestion: 'seed',
    },
  ]);
});

test('a warning does not disturb the answer', async () => {
  await rig.write('w.yaml', 'params: {spare: 1}\nstages: {a: {uses: say, with: {text: a}}}\n');
  const {code, stdout, stderr} = await drive('graph', 'w.yaml', '--json');
  assert.equal(code, 0);
  assert.deepEqual(Object.keys((JSON.parse(stdout) as {nodes: object}).nodes), ['a']);
  const [{severity, line}] = (JSON.parse(stderr) as {diagnostics: [Record<string, unknown>]})
    .diagnostics;
  assert.deepEqual([severity, line], ['warning', 1]);
});

test('gc tells programs what it removed', async () => {
  const {code, removed, plan} = await answer('gc', '--max-size', '0MB');
  assert.equal(code, 0);
  assert.deepEqual((removed as {results: number}).results, 6);
  assert.deepEqual((plan as {kept: object}).kept, {results: 0, bytes: 0});
});

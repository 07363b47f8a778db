import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {access, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

const forked = (gate: string): string => `
stages:
  bad: {uses: say, with: {text: bad, gate: "${gate}"}}
  after: {uses: measure, inputs: {of: bad.out}}
  last: {uses: join, inputs: {parts: [after.out]}}
  good: {uses: say, with: {text: good, gate: "${gate}"}}
  fine: {uses: measure, inputs: {of: good.out}}
`;

/** Runs the forked pipeline: `bad` fails first, then `good` finishes. */
async function runForked(
  rig: Rig,
  ...options: readonly string[]
): Promise<{
  readonly code: number | null;
  readonly stdout: string;
}> {
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', forked(gate.path));
  const program = rig.start(['run', 'p.yaml', ...options]);
  const arrivals = [await gate.arrival(), await gate.arrival()];
  arrivals.find(({name}) => name === 'bad')!.let('fail');
  await program.line('✗ bad failed');
  arrivals.find(({name}) => name === 'good')!.let('go');
  return await program.finished;
}

test('a failed stage is reported with cause, log and the command to run it again; the rest is skipped or not started', async () => {
  await using rig = await Rig.create();
  const {code, stdout} = await runForked(rig);
  assert.equal(code, 1);
  assert.match(stdout, /✗ bad failed\. The stage was told to fail\.\n {2}│ saying bad\n/);
  assert.match(
    stdout,
    / {2}log: {4}artifacts\/runs\/\S+\/logs\/bad\.log\n {2}again: {2}pipeline run p\.yaml bad\n/,
  );
  assert.match(stdout, /Failed after .*: 1 ran, 1 failed, 2 skipped, 1 not started\./);
  assert.match(
    stdout,
    /\n– 2 skipped after bad: after, last\n– 1 not started; --keep-going runs what does not depend on it\n/,
  );
  const status = await rig.pipeline('status');
  assert.match(status.stdout, /\n {2}5 instances: 1 ran, 1 failed, 2 skipped, 1 not started\.\n/);
  const skipped = (await rig.events()).filter((event) => event.kind === 'skipped');
  assert.deepEqual(skipped.map(({instance, because}) => `${instance} because ${because}`).sort(), [
    'after because bad',
    'last because bad',
  ]);
});

test('the command that a failure names runs that instance and nothing else, quoted as a shell wants it', async () => {
  await using rig = await Rig.create();
  await rig.write(
    'p.yaml',
    `
stages:
  bad: {uses: say, matrix: {name: ["it's bad", 'worse [1|2]']}, with: {text: '\${matrix.name}', gate: none}}
  good: {uses: say, with: {text: good}}
`,
  );
  const failed = await rig.pipeline('run', 'p.yaml', 'bad', 'good', '--jobs', '1', '--keep-going');
  assert.equal(failed.code, 1, failed.stdout);
  const commands = Array.from(failed.stdout.matchAll(/again: {2}pipeline (.*)/g), (m) => m[1]!);
  assert.equal(commands.length, 2, failed.stdout);
  for (const [index, command] of commands.entries()) {
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], {encoding: 'utf8'});
    const again = await rig.pipeline(...words.split('\0').slice(0, -1));
    assert.equal(again.code, 1, again.stdout + again.stderr);
    const instance = index === 0 ? "bad[name=it's bad]" : 'bad[name="worse [1|2]"]';
    assert.deepEqual(await rig.started(), [instance], command);
  }
});

test('the command is also right in a nested pipeline, for names with spaces, and with settings', async () => {
  await using rig = await Rig.create();
  await mkdir(path.join(rig.folder, "it's here"));
  await rig.write(
    "it's here/main pipeline.yaml",
    `
params: {end: fine}
stages:
  cell:
    uses: "./one cell.yaml"
    matrix: {name: ["a b", 'say "x"', $HOME]}
    with: {name: '\${matrix.name}', end: '\${params.end}'}
`,
  );
  await rig.write(
    "it's here/one cell.yaml",
    `
params: {name: '', end: ''}
stages:
  first: {uses: say, with: {text: first}}
  last:
    run: [sh, -c, 'echo "last words of $0" | tee "$1"; test "$2" = fine', '\${params.name}', '\${outputs.out}', '\${params.end}']
    inputs: {it: first.out}
    outputs: {out: text}
`,
  );
  const file = "it's here/main pipeline.yaml";
  const settings = ['--set', "end=it's not", '--store', 'my store', '--keep-going'];
  const failed = await rig.pipeline('run', ...settings, file, 'cell');
  assert.equal(failed.code, 1, failed.stdout + failed.stderr);
  for (const name of ['a b', 'say "x"', '$HOME']) {
    assert.ok(failed.stdout.includes(`  │ last words of ${name}\n`), failed.stdout);
  }
  const commands = Array.from(failed.stdout.matchAll(/again: {2}(pipeline .*)/g), (m) => m[1]!);
  assert.equal(commands.length, 3, failed.stdout);
  for (const command of commands) {
    // A shell runs the command, as if the user had pasted it.
    const program = `pipeline() { "${process.execPath}" "${Rig.program}" "$@"; }`;
    const {status, stdout} = spawnSync('sh', ['-c', `${program}; ${command}`], {
      cwd: rig.folder,
      encoding: 'utf8',
    });
    assert.equal(status, 1, stdout);
    assert.match(stdout, /Failed after .*: 0 ran, 1 stored already, 1 failed\./);
    assert.ok(stdout.includes(`  again:  ${command}\n`), stdout);
  }
});

test('--keep-going runs what does not depend on the failure', async () => {
  await using rig = await Rig.create();
  const {code, stdout} = await runForked(rig, '--keep-going');
  assert.equal(code, 1);
  assert.match(stdout, /2 ran, 1 failed, 2 skipped/);
});

test('a malformed output is not stored', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: torn}}\n');
  const {code, stdout} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 1);
  assert.match(stdout, /The output picture does not start as a PNG file\./);
  assert.deepEqual(await rig.stored('records'), []);
  assert.deepEqual(await rig.stored('cas'), []);
});

test('an invalid pipeline ends with exit code 3, and nothing is written', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: sya, with: {text: a}}}\n');
  const {code, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 3);
  assert.match(stderr, /p\.yaml:1:\d+.*sya/);
  await assert.rejects(access(path.join(rig.folder, 'artifacts')));
});

test('a command line that is not understood ends with exit code 2 and a suggestion', async () => {
  await using rig = await Rig.create();
  const command = await rig.pipeline('rum', 'p.yaml');
  assert.equal(command.code, 2);
  assert.match(command.stderr, /Did you mean one of rm, run\?/);
  const option = await rig.pipeline('run', 'p.yaml', '--stor', 'x');
  assert.equal(option.code, 2);
  assert.match(option.stderr, /Did you mean --store\?/);
  assert.equal((await rig.pipeline('run')).code, 2);
  assert.equal((await rig.pipeline()).code, 2);
});

test('a store that cannot be used ends with exit code 4', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: say, with: {text: a}}}\n');
  await rig.write('file', 'in the way');
  const inTheWay = await rig.pipeline('run', 'p.yaml', '--store', 'file');
  assert.equal(inTheWay.code, 4);
  assert.match(inTheWay.stderr, /The store .*file cannot be/);
  await mkdir(path.join(rig.folder, 'newer'));
  await writeFile(path.join(rig.folder, 'newer/store.json'), '{"format": 2}');
  const newer = await rig.pipeline('run', 'p.yaml', '--store', 'newer');
  assert.equal(newer.code, 4);
  assert.match(newer.stderr, /has format 2; this program knows up to 1/);
});

test('--json prints the events of the journal, and nothing else', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: say, with: {text: a}}}\n');
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml', '--json');
  assert.deepEqual([code, stderr], [0, '']);
  const [run] = await rig.runs();
  assert.equal(stdout, await rig.read(`artifacts/runs/${run}/events.jsonl`));
});

test('--json prints events as they happen, and messages for people to standard error', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', forked(gate.path));
  const program = rig.start(['run', 'p.yaml', '--json']);
  const arrivals = [await gate.arrival(), await gate.arrival()];
  await program.line('{"at":');
  await program.line('"kind":"started","instance":"good"');
  arrivals.find(({name}) => name === 'bad')!.let('fail');
  await program.line('"kind":"failed","instance":"bad","cause":{"kind":"stage-error"');
  program.kill('SIGINT');
  await program.line('Stopping: stages have 5 min to save a checkpoint');
  arrivals.find(({name}) => name === 'good')!.let('go');
  const {code, stdout, stderr} = await program.finished;
  assert.equal(code, 1);
  assert.equal(
    stderr,
    'Stopping: stages have 5 min to save a checkpoint. Press Ctrl-C again to end them at once.\n',
  );
  const events = stdout.trimEnd().split('\n');
  assert.deepEqual(
    events.map((line) => JSON.parse(line) as unknown),
    await rig.events(),
  );
});

import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {test, type TestOptions} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Gate, type Arrival} from '../../support/program/gate.ts';
import {Rig, type Program} from '../../support/program/rig.ts';
import {hasEnded} from '../../support/rigs/has-ended.ts';

const gateProgram = fileURLToPath(
  new URL('../../support/program/gate-program.js', import.meta.url),
);

/** Options that skip a test where there is no `/proc`, through which processes outside a process group are found. */
const linux: TestOptions = {
  skip: !existsSync('/proc/self/environ') && 'there is no /proc',
  timeout: 60_000,
};

/** Ways to start a process outside the program's process group. The program then waits at the gate itself. */
const ways = {
  'a session of its own': 'setsid node "$1" "$2" left deaf &',
  'a double fork': '(setsid sh -c \'node "$0" "$1" left deaf & exit 0\' "$1" "$2" &);',
};

interface Left {
  readonly program: Program;
  readonly own: Arrival;
  readonly left: Arrival;
}

/** Starts a stage with a process outside its process group; both wait at the gate. */
async function leave(rig: Rig, gate: Gate, way: string, more = ''): Promise<Left> {
  const script = `${way} exec node "$1" "$2" own`;
  const run = JSON.stringify(['sh', '-c', script, 'sh', gateProgram, gate.path]);
  await rig.write('p.yaml', `stages: {a: {run: ${run}, outputs: {out: text}${more}}}\n`);
  const program = rig.start(['run', 'p.yaml']);
  return {program, ...(await both(gate))};
}

async function both(gate: Gate): Promise<Omit<Left, 'program'>> {
  const arrivals = [await gate.arrival(), await gate.arrival()];
  const named = (name: string): Arrival => arrivals.find((arrival) => arrival.name === name)!;
  return {own: named('own'), left: named('left')};
}

async function workerOf(rig: Rig): Promise<number> {
  const [lease] = await rig.leases();
  return (JSON.parse(await rig.read(`artifacts/leases/${lease!}`)) as {pid: number}).pid;
}

for (const [name, way] of Object.entries(ways)) {
  test(
    `what a program leaves running by ${name} ends before the outputs are stored`,
    linux,
    async () => {
      await using rig = await Rig.create();
      await using gate = await Gate.open(rig.folder);
      const {program, own, left} = await leave(rig, gate, way);
      own.let('go');
      const {code, stdout} = await program.finished;
      assert.equal(code, 0, stdout);
      await left.gone;
    },
  );
}

test('processes that left the group of a program end with it after Ctrl-C', linux, async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {program, left} = await leave(rig, gate, ways['a session of its own']);
  program.kill('SIGINT');
  assert.equal((await program.finished).code, 75);
  await left.gone;
});

test(
  'processes that left the group of a program end with it after its timeout',
  linux,
  async () => {
    await using rig = await Rig.create();
    // A shell starts well before the timeout, which a Node.js program might not.
    const script = `setsid sh -c 'echo $$ > "$0"; exec sleep 600' "$1" & wait`;
    const run = JSON.stringify(['sh', '-c', script, 'sh', path.join(rig.folder, 'pid')]);
    await rig.write('p.yaml', `stages: {a: {run: ${run}, outputs: {out: text}, timeout: 5s}}\n`);
    assert.equal((await rig.pipeline('run', 'p.yaml')).code, 1);
    const pid = Number(await rig.read('pid'));
    assert.ok(await hasEnded(pid));
  },
);

test(
  'processes that left the group of a program end when the worker is killed',
  linux,
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const {program, own, left} = await leave(rig, gate, ways['a double fork']);
    process.kill(await workerOf(rig), 'SIGKILL');
    assert.equal((await program.finished).code, 1);
    await Promise.all([own.gone, left.gone]);
  },
);

test(
  'what left the group of a program that lost head and worker is ended by the next run',
  linux,
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const {program, left} = await leave(rig, gate, ways['a double fork']);
    const worker = await workerOf(rig);
    program.kill('SIGKILL');
    await program.finished;
    process.kill(worker, 'SIGKILL');
    const next = rig.start(['run', 'p.yaml']);
    await left.gone;
    (await both(gate)).own.let('go');
    assert.equal((await next.finished).code, 0);
  },
);

test(
  'a process that clears its environment is found by its parent while that lives',
  linux,
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const way = 'env -i PATH="$PATH" setsid node "$1" "$2" left deaf & exec node "$1" "$2" own #';
    const {program, left} = await leave(rig, gate, way);
    process.kill(await workerOf(rig), 'SIGKILL');
    assert.equal((await program.finished).code, 1);
    await left.gone;
  },
);

for (const crash of [false, true]) {
  const end = crash ? 'crashes' : 'comes to its end';
  test(`processes that a stage type leaves running end when its code ${end}`, linux, async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const params = `{gate: "${gate.path}", crash: ${crash}}`;
    await rig.write('p.yaml', `stages: {a: {uses: litter, with: ${params}}}\n`);
    const program = rig.start(['run', 'p.yaml']);
    const arrivals = [await gate.arrival(), await gate.arrival()];
    const named = (name: string): Arrival => arrivals.find((arrival) => arrival.name === name)!;
    named('stage').let('go');
    assert.equal((await program.finished).code, crash ? 1 : 0);
    await named('left').gone;
  });
}

test('a program sees the name of its attempt, which is no part of its key', linux, async () => {
  await using rig = await Rig.create();
  const run = JSON.stringify(['sh', '-c', 'echo "${#PIPELINE_ATTEMPT}" > "$0"', '${outputs.out}']);
  await rig.write('p.yaml', `stages: {a: {run: ${run}, outputs: {out: text}}}\n`);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const started = (await rig.events()).find((event) => event.kind === 'started');
  const text = await readFile(await rig.artifactOf('a'), 'utf8');
  assert.equal(Number(text), started!.attempt.length);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), []);
});

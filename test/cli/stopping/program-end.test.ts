import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Gate, type Arrival} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

const gateProgram = fileURLToPath(
  new URL('../../support/program/gate-program.js', import.meta.url),
);

/** Gives a pipeline with a program that waits at the gate. */
function pipeline(gate: string, manner = ''): string {
  return `
stages:
  alone:
    run: [node, ${gateProgram}, ${gate}, alone, "${manner}"]
    outputs: {out: text}
  size: {uses: measure, inputs: {of: alone.out}}
`;
}

function family(gate: string): string {
  return `
stages:
  family:
    run: [sh, -c, 'node "$1" "$2" child & node "$1" "$2" parent; wait', sh, ${gateProgram}, ${gate}]
    outputs: {out: text}
`;
}

/** Starts a pipeline whose programs arrive at the gate. */
async function startAtGate(rig: Rig, text: string, gate: Gate, count: number) {
  await rig.write('p.yaml', text);
  const program = rig.start(['run', 'p.yaml']);
  const arrivals: Arrival[] = [];
  while (arrivals.length < count) arrivals.push(await gate.arrival());
  return {program, arrivals};
}

async function worker(rig: Rig): Promise<number> {
  const [lease] = await rig.leases();
  return (JSON.parse(await rig.read(`artifacts/leases/${lease!}`)) as {pid: number}).pid;
}

test('the first SIGINT asks a program to end; the run is suspended however it reacts', async () => {
  for (const manner of ['', 'polite']) {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const {program, arrivals} = await startAtGate(rig, pipeline(gate.path, manner), gate, 1);
    program.kill('SIGINT');
    await arrivals[0]!.gone;
    const {code, stdout} = await program.finished;
    assert.equal(code, 75, stdout);
    assert.match(stdout, /‖ alone {2}suspended/);
    assert.deepEqual(await rig.stored('records'), []);
    assert.deepEqual(await rig.stored('work'), []);
    assert.deepEqual(await rig.leases(), []);
  }
});

test('the second SIGINT ends a program that ignores the first, and all processes it started', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {program, arrivals} = await startAtGate(rig, pipeline(gate.path, 'deaf'), gate, 1);
  program.kill('SIGINT');
  await program.line('Stopping');
  program.kill('SIGINT');
  assert.equal((await program.finished).code, 130);
  await arrivals[0]!.gone;
});

test('the children of a program end with it when it is interrupted', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {program, arrivals} = await startAtGate(rig, family(gate.path), gate, 2);
  program.kill('SIGINT');
  assert.equal((await program.finished).code, 75);
  await Promise.all(arrivals.map(({gone}) => gone));
});

test('a child that a program leaves behind ends before its outputs are stored', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const text = family(gate.path).replace('; wait', '');
  const {program, arrivals} = await startAtGate(rig, text, gate, 2);
  const [child, parent] = arrivals.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  parent!.let('go');
  const {code, stdout} = await program.finished;
  assert.equal(code, 0, stdout);
  await child!.gone;
});

test('a program does not outlive its worker', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {program, arrivals} = await startAtGate(rig, family(gate.path), gate, 2);
  process.kill(await worker(rig), 'SIGKILL');
  const {code, stdout} = await program.finished;
  assert.equal(code, 1);
  assert.match(stdout, /✗ family failed\. Its process was ended by SIGKILL/);
  await Promise.all(arrivals.map(({gone}) => gone));
});

test('a killed program fails, and the next run starts it anew', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {program, arrivals} = await startAtGate(rig, pipeline(gate.path), gate, 1);
  process.kill(arrivals[0]!.pid, 'SIGKILL');
  const {code, stdout} = await program.finished;
  assert.equal(code, 1);
  assert.match(stdout, /✗ alone failed\. node was ended by SIGKILL/);
  const again = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('go');
  assert.equal((await again.finished).code, 0);
  assert.deepEqual(await rig.started(), ['alone', 'size']);
});

test('a program continues when the head is killed, and its result is found', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {program, arrivals} = await startAtGate(rig, pipeline(gate.path), gate, 1);
  program.kill('SIGKILL');
  await program.finished;
  // The next run waits for the worker that is still running.
  const next = rig.start(['run', 'p.yaml']);
  await next.line('alone');
  arrivals[0]!.let('go');
  const {code, stdout} = await next.finished;
  assert.equal(code, 0, stdout);
  assert.deepEqual(await rig.started(), ['size']);
});

test('a program that lost head and worker is ended by the next run', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {program, arrivals} = await startAtGate(rig, pipeline(gate.path), gate, 1);
  const pid = await worker(rig);
  program.kill('SIGKILL');
  await program.finished;
  process.kill(pid, 'SIGKILL');
  const next = rig.start(['run', 'p.yaml']);
  await arrivals[0]!.gone;
  (await gate.arrival()).let('go');
  assert.equal((await next.finished).code, 0);
  assert.deepEqual(await rig.stored('work'), []);
});

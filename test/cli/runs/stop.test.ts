import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmod} from 'node:fs/promises';
import {hostname} from 'node:os';
import {test} from 'node:test';
import type {World} from '../../../src/cli/world.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';
import {hasEnded} from '../../support/rigs/has-ended.ts';

test('stop suspends the only run that goes on, waits for its end and says how to continue', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 60));
  const program = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  const [run] = await rig.runs();
  const kept = await rig.pipeline('rm', 'latest');
  assert.equal(kept.code, 2);
  assert.match(
    kept.stderr,
    /^Run \S+ is going on \(process \d+\)\. To stop it: pipeline stop \S+\n/,
  );

  let hasStopped = false;
  const stopping = rig.pipeline('stop').finally(() => (hasStopped = true));
  await program.line('Stopping');
  assert.equal(hasStopped, false);
  stage.let('go');
  const stopped = await stopping;
  assert.equal(stopped.code, 0, stopped.stderr);
  const asked = `Stopping run ${run}: its stages save a checkpoint first. To end it at once: pipeline stop ${run} --now\n`;
  assert.ok(stopped.stdout.startsWith(asked), stopped.stdout);
  assert.match(
    stopped.stdout,
    /, suspended after .*\n {2}2 instances: 1 suspended, 1 not started\./,
  );
  assert.match(stopped.stdout, /\nTo continue: pipeline run p\.yaml\n$/);
  assert.equal((await program.finished).code, 75);

  const again = await rig.pipeline('stop', run!.slice(-6));
  assert.deepEqual([again.code, again.stderr], [0, '']);
  assert.match(again.stdout, /^Run \S+ has ended already\.\n/);
  const told = await rig.pipeline('stop', run!, '--json');
  const {asked: request, ...state} = JSON.parse(told.stdout) as Record<string, unknown>;
  assert.deepEqual([told.code, told.stderr, request], [0, '', null]);
  assert.deepEqual([state['run'], state['outcome']], [run, 'suspended']);
  const none = await rig.pipeline('stop');
  assert.deepEqual([none.code, none.stderr], [2, 'No run is going on in artifacts.\n']);
  assert.equal((await rig.pipeline('stop', 'nothing')).code, 2);
  assert.equal((await rig.pipeline('stop', '--store', 'none')).code, 4);
});

test('of several runs one has to be named; --now ends it, and a second stop waits', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const programs = ['a', 'b'].map(async (name) => {
    await rig.write(`${name}.yaml`, gatedPipeline(gate.path, 60).replace('seed', name));
    return rig.start(['run', `${name}.yaml`]);
  });
  const [a, b] = await Promise.all(programs);
  await Promise.all([gate.arrival(), gate.arrival()]);
  const runs = await rig.runs();
  const several = await rig.pipeline('stop');
  assert.equal(several.code, 2);
  assert.match(several.stderr, /^2 runs are going on: \S+, \S+\. Name one of them\.\n$/);
  const [first, second] = runs.toSorted();
  const given = await rig.eventsOf(first!);
  const [early, late] =
    given[0]?.kind === 'run-started' && given[0].pipeline === 'a.yaml' ? [a, b] : [b, a];

  const now = await rig.pipeline('stop', first!, '--now', '--json');
  assert.deepEqual([now.code, now.stderr, (await early!.finished).code], [0, '', 130]);
  const told = JSON.parse(now.stdout) as Record<string, unknown>;
  assert.deepEqual([told['asked'], told['run'], told['outcome']], ['end', first, 'suspended']);

  // If `stop` is interrupted while it waits, the run keeps stopping.
  const interrupts: Parameters<World['onInterrupt']>[0][] = [];
  const onInterrupt: World['onInterrupt'] = (listener) => {
    interrupts.push(listener);
    return () => undefined;
  };
  const waiting = rig.pipelineIn({onInterrupt}, 'stop', second!);
  await late!.line('Stopping');
  interrupts[0]!('SIGINT');
  const left = await waiting;
  assert.deepEqual([left.code, left.stderr], [130, `Run ${second} goes on stopping.\n`]);
  const interruptsAtOnce: World['onInterrupt'] = (listener) => {
    queueMicrotask(() => listener('SIGINT'));
    return () => undefined;
  };
  const silent = await rig.pipelineIn({onInterrupt: interruptsAtOnce}, 'stop', second!, '--json');
  assert.deepEqual([silent.code, silent.stderr], [130, '']);
  const going = JSON.parse(silent.stdout) as Record<string, unknown>;
  assert.deepEqual([going['asked'], going['outcome']], ['stop', 'running']);
  // Asked once more, it keeps the time to save a checkpoint.
  const again = rig.pipelineIn({onInterrupt}, 'stop', second!);
  const ended = await rig.pipeline('stop', second!, '--now');
  assert.deepEqual([ended.code, (await again).code, (await late!.finished).code], [0, 0, 130]);
  assert.match(ended.stdout, /^Ending run \S+\.\n[^]* suspended after /);
});

test('stop asks the workers of a run whose process was killed, and says how many; --now ends them', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write(
    'p.yaml',
    `stages: {long: {uses: churn, matrix: {n: {count: 2}}, with: {text: "n\${matrix.n}", steps: 60, stopAt: 2, gate: "${gate.path}"}}}\n`,
  );
  const program = rig.start(['run', 'p.yaml']);
  const [one, other] = [await gate.arrival(), await gate.arrival()];
  program.kill('SIGKILL');
  await program.finished;
  const [run] = await rig.runs();

  let printed = '';
  let stopping: ReturnType<Rig['pipeline']> | undefined;
  const asked = new Promise<void>((resolve) => {
    const write = (...pieces: readonly unknown[]): void => {
      printed += pieces.join('');
      resolve();
    };
    const size = () => ({columns: Infinity, rows: Infinity});
    const stdout = {isTerminal: false, colours: false, size, write, writeStored: write};
    // Nothing else goes on, so that no run has to be named.
    stopping = rig.pipelineIn({stdout}, 'stop');
  });
  await asked;
  const killed = `The process of run ${run} was killed.`;
  const atOnce = `To end them at once: pipeline stop ${run} --now\n`;
  assert.equal(
    printed,
    `${killed} Stopping 2 workers that it left behind: they save a checkpoint first. ${atOnce}`,
  );
  one.let('go');
  assert.ok(await hasEnded(one.pid));
  // It did not compute its last steps.
  assert.deepEqual(await rig.stored('records'), []);

  const now = await rig.pipeline('stop', run!, '--now');
  assert.equal(now.code, 0, now.stderr);
  assert.ok(now.stdout.startsWith(`${killed} Ending 1 worker that it left behind.\n`), now.stdout);
  assert.ok(await hasEnded(other.pid));
  assert.equal((await stopping!).code, 0);
  assert.match(printed, /, killed after [^]*\nTo continue: pipeline run p\.yaml\n$/);
  assert.equal((await rig.pipeline('stop')).code, 2);
});

test('no process is signalled but the head of the run itself', async () => {
  await using rig = await Rig.create();
  const begin = async (run: string, head: object): Promise<void> => {
    const event = {
      at: new Date().toISOString(),
      kind: 'run-started',
      run,
      head,
      pipeline: 'p.yaml',
      instances: 1,
      devices: [],
    };
    await rig.write(`artifacts/runs/${run}/events.jsonl`, `${JSON.stringify(event)}\n`);
  };
  // The heads of these runs have the number of this process, but another start time, boot or host.
  const own = processIdentity(process.pid);
  await begin('1-reused', {...own, startTime: '1'});
  await begin('2-booted', {...own, bootId: 'another'});
  const elsewhereHead = {...own, bootId: 'another', host: `not-${hostname()}`};
  await begin('3-elsewhere', elsewhereHead);
  await rig.write('artifacts/runs/4-beginning/logs/none', '');
  // This process computes a key of a killed run, but for another run.
  const [at, key] = [new Date().toISOString(), 'c'.repeat(64)];
  const started = {at, kind: 'started', instance: 'a', key, attempt: 'first', log: 'l'};
  const events = `${JSON.stringify({...started, reasons: [], devices: []})}\n`;
  const journal = 'artifacts/runs/2-booted/events.jsonl';
  await rig.write(journal, (await rig.read(journal)) + events);
  await rig.write(`artifacts/leases/${key}.json`, JSON.stringify({...own, attempt: 'second'}));
  for (const run of ['1-reused', '2-booted']) {
    const {code, stdout} = await rig.pipeline('stop', run, '--now');
    assert.equal(code, 0);
    const killed = 'is not running: its process was killed, and none of its workers lives.';
    assert.ok(stdout.startsWith(`Run ${run} ${killed}\n`), stdout);
    assert.match(stdout, /, killed after /);
  }
  const elsewhere = await rig.pipeline('stop', 'elsewhere');
  assert.deepEqual(
    [elsewhere.code, elsewhere.stderr],
    [2, `Run 3-elsewhere belongs to the machine not-${hostname()}: stop it there.\n`],
  );
  const beginning = await rig.pipeline('stop', '4');
  assert.deepEqual([beginning.code, beginning.stderr], [2, 'Run 4-beginning has not begun.\n']);

  const unsure = await rig.pipeline('rm', '3', '4');
  assert.equal(unsure.code, 2);
  assert.match(
    unsure.stderr,
    /whether run 3-elsewhere goes on on not-\S+\. If it does not, remove /,
  );
  assert.match(
    unsure.stderr,
    /whether run 4-beginning is about to begin\. [^]*\nNothing was removed/,
  );
  await rig.forget('leases');
  assert.equal((await rig.pipeline('rm', '1', '2')).code, 0);
});

const nobody = {uid: 65_534, gid: 65_534};

test(
  'workers of another user are named, and stop says that it may not end them',
  {skip: refusalToBind()},
  async () => {
    await using rig = await Rig.create();
    await chmod(rig.folder, 0o755);
    const own = processIdentity(process.pid);
    const [at, key, run] = [new Date().toISOString(), 'c'.repeat(64), '1-left'];
    const begun = {kind: 'run-started', run, pipeline: 'p.yaml', instances: 1, devices: []};
    const started = {kind: 'started', instance: 'a', key, attempt: 'first', log: 'l'};
    const events = [
      {at, ...begun, head: {...own, startTime: '1'}},
      {at, ...started, reasons: [], devices: []},
    ];
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    await rig.write(`artifacts/runs/${run}/events.jsonl`, lines);
    // The superuser's process computes the key.
    await rig.write(`artifacts/leases/${key}.json`, JSON.stringify({...own, attempt: 'first'}));
    for (const now of [[], ['--now']]) {
      const {code, stdout, stderr} = await rig.start(['stop', run, ...now], nobody).finished;
      assert.deepEqual([code, stdout], [2, ''], stderr);
      const said = `The process of run ${run} was killed, and a worker (process ${own.pid}) goes on that belongs to another user: only they can stop it.\n`;
      assert.equal(stderr, said);
    }
  },
);

/** The reason why the tests cannot run the program as another user, or `false` if they can. */
function refusalToBind(): string | false {
  if (process.getuid?.() !== 0) return 'needs the superuser';
  const reads = `require('fs').accessSync(${JSON.stringify(Rig.program)})`;
  const {status} = spawnSync(process.execPath, ['-e', reads], {cwd: '/', ...nobody});
  return status === 0 ? false : 'needs a checkout that others can read';
}

import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {RunEvent} from '../../../src/journal/event.ts';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

function retried(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === 'retrying' ? [`${event.cause.kind}, ${event.next}`] : [],
  );
}

test('a crashed instance is retried as often as retry says, each attempt with its own log', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write(
    'p.yaml',
    `stages: {a: {uses: say, with: {text: a, gate: "${gate.path}"}, retry: 2}}\n`,
  );
  const program = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('crash');
  process.kill((await gate.arrival()).pid, 'SIGKILL');
  (await gate.arrival()).let('go');
  const {code, stdout} = await program.finished;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /↺ a {2}The stage crashed: crashed as told Attempt 2 begins\.\n/);
  const events = await rig.events();
  assert.deepEqual(retried(events), ['crash, 2', 'killed, 3']);
  const started = events.filter((event) => event.kind === 'started');
  assert.equal(new Set(started.map(({attempt}) => attempt)).size, 3);
  const logs = started.map(({log}) => path.basename(log));
  assert.deepEqual(logs, ['a.log', 'a.try-2.log', 'a.try-3.log']);
  for (const {log} of started) assert.match(await rig.read(`artifacts/${log}`), /saying a/);
});

test('an instance fails when its last attempt crashes', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const retry = 'retry: {crash: 1, out-of-memory: 5}';
  await rig.write(
    'p.yaml',
    `stages: {a: {uses: say, with: {text: a, gate: "${gate.path}"}, ${retry}}}\n`,
  );
  const program = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('crash');
  (await gate.arrival()).let('crash');
  const {code, stdout} = await program.finished;
  assert.equal(code, 1);
  assert.match(stdout, /✗ a failed\. The stage crashed: crashed as told/);
  const [log] = /\S*a\.try-2\.log/.exec(stdout)!;
  // The worker is bundled, and its stack names the source.
  const lines = await readFile(path.resolve(rig.folder, log), 'utf8');
  assert.match(
    lines,
    /TypeError: crashed as told\n {4}at runSay \(.*scripted-registry\.ts:\d+:\d+\)/,
  );
});

test('a lost device is retried as a crash is, a full one as memory that ran out, and a refused kernel not at all', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const retry = 'retry: {crash: 5, out-of-memory: 1}';
  await rig.write(
    'p.yaml',
    `stages: {a: {uses: say, with: {text: a, gate: "${gate.path}"}, ${retry}}}\n`,
  );
  const program = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('lose-device');
  (await gate.arrival()).let('fill-device');
  (await gate.arrival()).let('puzzle-device');
  const {code, stdout} = await program.finished;
  assert.equal(code, 1);
  assert.match(stdout, /↺ a {2}The GPU was lost: as told\. .*checkpoint\. Attempt 2 begins/);
  assert.match(stdout, /↺ a {2}The GPU has no room for 8 GB\. Attempt 3 begins/);
  assert.match(stdout, /✗ a failed\. The stage crashed: The GPU refuses the kernel "sum"/);
  assert.deepEqual(retried(await rig.events()), ['device-lost, 2', 'out-of-memory, 3']);
});

test('a failure that a stage reports itself is not retried', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write(
    'p.yaml',
    `stages: {a: {uses: say, with: {text: a, gate: "${gate.path}"}, retry: 9}}\n`,
  );
  const program = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('fail');
  assert.equal((await program.finished).code, 1);
  assert.deepEqual(retried(await rig.events()), []);
});

test('a full heap is distinguished from other crashes, and the next attempt continues from the checkpoint', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {a: {uses: hog, retry: {out-of-memory: 1}}}\n');
  const small = {PIPELINE_WORKER_OPTIONS: '--max-old-space-size=40'};
  const {code, stdout} = await rig.with(small).start(['run', 'p.yaml']).finished;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /↺ a {2}Its JavaScript heap ran out of memory\. Attempt 2/);
  const events = await rig.events();
  assert.deepEqual(retried(events), ['out-of-memory, 2']);
  assert.ok(events.some(({kind}) => kind === 'resumed'));
});

test('a SIGKILL while the system counts one more process ended for memory is out-of-memory', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const file = path.join(rig.folder, 'memory.events');
  await writeFile(file, 'low 0\noom 3\noom_kill 3\n');
  await rig.write('p.yaml', `stages: {a: {uses: say, with: {text: a, gate: "${gate.path}"}}}\n`);
  const program = rig.with({PIPELINE_OOM_FILE: file}).start(['run', 'p.yaml']);
  const worker = await gate.arrival();
  await writeFile(file, 'low 0\noom 4\noom_kill 4\n');
  process.kill(worker.pid, 'SIGKILL');
  const {code, stdout} = await program.finished;
  assert.equal(code, 1);
  assert.match(
    stdout,
    /✗ a failed\. Its process was ended by the system, which had run out of memory\./,
  );
});

test('instances with the same key wait until one attempt succeeds', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const same = `{uses: say, with: {text: a, gate: "${gate.path}"}, retry: 1}`;
  await rig.write('p.yaml', `stages: {a: ${same}, b: ${same}}\n`);
  const program = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('crash');
  (await gate.arrival()).let('go');
  assert.equal((await program.finished).code, 0);
  const ends = (await rig.events()).filter(({kind}) => kind === 'finished' || kind === 'hit');
  assert.deepEqual(
    ends.map(({kind}) => kind),
    ['finished', 'hit'],
  );
});

test('timeout, retry and resources are no part of a key', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}}}\n');
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const more = 'timeout: 1h, retry: {crash: 3}, resources: {device: 2}';
  await rig.write('p.yaml', `stages: {a: {uses: say, with: {text: a}, ${more}}}\n`);
  assert.match((await rig.pipeline('plan', 'p.yaml')).stdout, /^hit +a\n/);
});

import assert from 'node:assert/strict';
import {appendFile, readdir, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Gate} from '../../support/program/gate.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';
import {filesBelow, storeInvariants} from '../../support/laws/store-invariants.ts';

const say = (text: string, gate = ''): string =>
  `stages:\n  only: {uses: say, with: {text: ${text}, gate: "${gate}"}}\n  size: {uses: measure, inputs: {of: only.out}}\n`;

async function succeeds(run: Promise<Finished>): Promise<void> {
  const {code, stdout, stderr} = await run;
  assert.equal(code, 0, stdout + stderr);
}

const storeOf = (rig: Rig): string => path.join(rig.folder, 'artifacts');

test('leases and results count whatever their time, so a clock that jumped does no harm', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', say('a', gate.path));
  const first = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  for (const year of [1980, 2100]) {
    const time = new Date(`${year}-01-01`);
    for (const file of await filesBelow(path.join(storeOf(rig), 'leases')))
      await utimes(file, time, time);
    const second = rig.start(['run', 'p.yaml', '--json']);
    await second.line('waiting');
    second.kill('SIGINT');
    assert.equal((await second.finished).code, 75);
  }
  stage.let('go');
  await succeeds(first.finished);
  for (const year of [1980, 2100]) {
    const time = new Date(`${year}-01-01`);
    for (const file of await filesBelow(storeOf(rig))) await utimes(file, time, time);
    await succeeds(rig.pipeline('run', 'p.yaml'));
    assert.deepEqual(await rig.started(), []);
  }
});

test('while the clock jumps, runs resume, find stored results and can be displayed', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const clock = `--import ${new URL('../../support/rigs/jumping-clock.js', import.meta.url).href}`;
  const jumping = {NODE_OPTIONS: clock, PIPELINE_WORKER_OPTIONS: clock};
  await rig.write(
    'p.yaml',
    `stages:\n  long: {uses: churn, with: {text: seed, steps: 6, stopAt: 4, gate: "${gate.path}"}}\n  size: {uses: measure, inputs: {of: long.out}}\n`,
  );
  const killed = rig.with(jumping).start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  const live = await rig.with(jumping).start(['status']).finished;
  assert.match(live.stdout, /, running for \S+.*\n[^]*Running\n {2}long /);
  process.kill(stage.pid, 'SIGKILL');
  assert.equal((await killed.finished).code, 1);

  const resumed = rig.with(jumping).start(['run', 'p.yaml', '--json']);
  (await gate.arrival()).let('go');
  const {code, stdout} = await resumed.finished;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /"kind":"resumed","instance":"long"/);
  const again = await rig.with(jumping).start(['run', 'p.yaml', '--json']).finished;
  assert.deepEqual([again.code, again.stdout.includes('"started"')], [0, false]);
  assert.equal((await storeInvariants({root: storeOf(rig)})).length, 2);
  for (const run of await readdir(path.join(storeOf(rig), 'runs'))) {
    const shown = await rig.with(jumping).start(['status', run]).finished;
    assert.equal(shown.code, 0, shown.stderr);
    assert.doesNotMatch(live.stdout + shown.stdout, / -\d/);
  }
});

test('a journal that is torn still says what a pinned run needs; one that is damaged keeps gc from removing anything', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', say('a'));
  await succeeds(rig.pipeline('run', 'p.yaml'));
  await succeeds(rig.pipeline('pin', 'latest'));
  const [run] = await readdir(path.join(storeOf(rig), 'runs'));
  const journal = path.join(storeOf(rig), 'runs', run!, 'events.jsonl');
  await appendFile(journal, '{"at": "2026');
  const kept = await rig.pipeline('gc', '--max-age', '0');
  assert.equal(kept.code, 0, kept.stderr);
  assert.equal((await rig.stored('records')).length, 2);
  await writeFile(journal, '{"at": \n{}\n');
  const refused = await rig.pipeline('gc', '--max-age', '0');
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /journal of a run that is pinned or running cannot be read/);
  assert.equal((await rig.stored('records')).length, 2);
});

test('the readable part of a damaged journal is shown, and nothing else is affected', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', say('a'));
  await succeeds(rig.pipeline('run', 'p.yaml'));
  const [run] = await rig.runs();
  const journal = `artifacts/runs/${run}/events.jsonl`;
  const lines = (await rig.read(journal)).split('\n');
  const finished = lines.findIndex((line) => line.includes('"finished","instance":"size"'));
  // Journals may contain zeros, which file systems leave after a crash, and unknown kinds of events from other
  // versions.
  lines.splice(
    finished,
    1,
    '\0'.repeat(20),
    '{"at": "2026-01-01T00:00:00.000Z", "kind": "unheard-of"}',
  );
  await rig.write(journal, lines.join('\n'));
  await succeeds(rig.pipeline('run', 'p.yaml'));

  const status = await rig.pipeline('status', run!);
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stdout, /2 instances: 1 ran, 1 was running\.\n/);
  assert.match(
    status.stdout,
    /2 lines of its journal hold no event: their information is missing here\./,
  );
  assert.match((await rig.pipeline('logs', run!)).stdout, /only │ saying a/);
  assert.match((await rig.pipeline('logs', '-f', run!)).stdout, /only │ saying a/);
  await succeeds(rig.pipeline('runs'));
  assert.equal((await rig.pipeline('show', 'only.out')).stdout, 'a\n');
  assert.equal((await rig.pipeline('diff', run!, 'latest')).code, 0);
  await succeeds(rig.pipeline('why', 'p.yaml'));
  const verified = await rig.pipeline('verify');
  assert.equal(verified.code, 0);
  assert.match(verified.stdout, new RegExp(`2 lines of the journal of ${run} hold no event`));
});

import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {calibrationTask} from '../../../../src/tensor/engines/auto/calibration-task.ts';
import {ChoiceFile} from '../../../../src/tensor/engines/auto/kept-choice.ts';
import {startFastest} from '../../../../src/tensor/engines/auto/start-fastest.ts';
import {FakeEngines, type FakeBehaviour} from '../../../support/engines/fake-engine.ts';

interface Machine {
  readonly folder: string;
  readonly key?: string;
  readonly threads?: number;
  readonly isAnew?: boolean;
  readonly gpus?: readonly FakeBehaviour[];
}

const usual: readonly FakeBehaviour[] = [
  {name: 'a', milliseconds: 9, description: 'card, driver 1, by a'},
  {name: 'b', milliseconds: 2, description: 'card, driver 1, by b'},
];

/** Starts in a process of its own, as far as engines can tell. */
async function start({folder, key = 'key', threads = 4, isAnew = false, gpus = usual}: Machine) {
  const fakes = new FakeEngines();
  const file = new ChoiceFile(path.join(folder, 'cache'), {key});
  const {started, trials, source} = await startFastest(
    {
      gpus: gpus.map((behaviour) => fakes.candidate(behaviour)),
      cpu: fakes.candidate({name: 'cpu', milliseconds: 100}),
    },
    {
      makeTask: () => calibrationTask({batch: 2, size: 8, width: 2}),
      now: fakes.now,
      today: () => new Date('2026-01-02T03:04:05Z'),
      file,
      threads,
      isAnew,
    },
  );
  return {name: started.engine.name, trials, source, file, starts: fakes.starts, ms: fakes.now()};
}

const newFolder = (): string => mkdtempSync(path.join(tmpdir(), 'choice-'));

test('the second start takes the engine that the first has measured, and starts no other', async () => {
  const folder = newFolder();
  const first = await start({folder});
  assert.equal(first.name, 'b');
  assert.ok(first.ms > 0);
  assert.match(first.source, /^The times were measured just now\. Kept in /);
  const second = await start({folder});
  assert.deepEqual([second.name, second.starts, second.ms], ['b', ['b'], 0]);
  assert.deepEqual(second.trials, first.trials);
  assert.match(second.source, /^The times were measured on 2026-01-02 and kept in /);
  assert.deepEqual(readdirSync(path.dirname(first.file.path)), [path.basename(first.file.path)]);
});

test('what is kept about another machine, card or version is not used', async () => {
  const folder = newFolder();
  const first = await start({folder});
  assert.ok((await start({folder, key: 'other'})).ms > 0);
  // A file that was copied from elsewhere.
  const other = new ChoiceFile(path.join(folder, 'cache'), {key: 'third'});
  writeFileSync(other.path, readFileSync(first.file.path));
  assert.equal(other.read(), undefined);
});

test('engines are measured again if the card or the driver is another, or the engine no longer starts', async () => {
  for (const change of [{description: 'card, driver 2, by b'}, {refusal: 'The driver is gone.'}]) {
    const folder = newFolder();
    await start({folder});
    const again = await start({folder, gpus: [usual[0]!, {...usual[1]!, ...change}]});
    assert.ok(again.ms > 0);
    assert.equal(again.name, 'refusal' in change ? 'a' : 'b');
    assert.equal((await start({folder, gpus: [usual[0]!, {...usual[1]!, ...change}]})).ms, 0);
  }
});

test('with more threads the CPU is measured again, with fewer it is not: it has lost already', async () => {
  const folder = newFolder();
  await start({folder, threads: 4});
  assert.equal((await start({folder, threads: 1})).ms, 0);
  assert.ok((await start({folder, threads: 8})).ms > 0);
});

test('where the CPU has won, fewer threads are measured again', async () => {
  const folder = newFolder();
  const gpus = [{name: 'a', milliseconds: 200}];
  assert.equal((await start({folder, gpus})).name, 'cpu');
  assert.equal((await start({folder, gpus, threads: 8})).ms, 0);
  assert.ok((await start({folder, gpus, threads: 1})).ms > 0);
});

test('who asks for it measures anew, and keeps what was measured', async () => {
  const folder = newFolder();
  await start({folder});
  const faster = [{...usual[0]!, milliseconds: 1}, usual[1]!];
  assert.equal((await start({folder, gpus: faster})).name, 'b');
  assert.equal((await start({folder, gpus: faster, isAnew: true})).name, 'a');
  assert.equal((await start({folder, gpus: faster})).name, 'a');
});

test('a damaged file is ignored and made again', async () => {
  const folder = newFolder();
  const {file} = await start({folder});
  const whole = readFileSync(file.path, 'utf8');
  const {key} = JSON.parse(whole) as {key: unknown};
  for (const text of [
    '',
    whole.slice(0, -20),
    'null',
    '[]',
    '"b"',
    JSON.stringify({key}),
    JSON.stringify({...(JSON.parse(whole) as object), trials: [{name: 'b'}]}),
    JSON.stringify({...(JSON.parse(whole) as object), name: 7}),
  ]) {
    writeFileSync(file.path, text);
    assert.equal(file.read(), undefined, text);
    assert.ok((await start({folder})).ms > 0);
    assert.equal(readFileSync(file.path, 'utf8'), whole);
  }
});

test('a choice is also made where nothing can be kept, and nothing is kept where only the CPU works', async () => {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'cache'), 'a file in the place of the folder');
  assert.equal((await start({folder})).name, 'b');
  const other = newFolder();
  const gpus = [{name: 'a', milliseconds: 1, refusal: 'No.'}];
  const {name, source} = await start({folder: other, gpus});
  assert.deepEqual([name, source], ['cpu', 'No engine for GPUs works here.']);
  assert.deepEqual(readdirSync(other), []);
});

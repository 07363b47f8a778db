import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {pathToFileURL} from 'node:url';
import {after, test} from 'node:test';
import type {RunEvent} from '../../src/journal/event.ts';
import type {StageRecord} from '../../src/store/records/record.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {assertFinished, eventsOf, RealProgram, startedIn} from '../support/program/real-program.ts';
import {writeShapes} from '../support/data/shapes.ts';
import {writePictures} from '../support/data/small-pictures.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

// Runs the table that takes minutes on a CPU with budgets that take seconds, on a few pictures. With so few, the step
// size must be fixed. Continuous integration runs it on real digits, of which 10,000 are evaluated for each cell.

const folder = await TemporaryFolder.create();
after(async () => folder[Symbol.asyncDispose]());
await writeShapes(folder.file('shapes/train'), {first: 0, count: 10, side: 16});
await writeShapes(folder.file('shapes/test'), {first: 10, count: 2, side: 16});

const small = {
  datasets: ['fashion-pictures'],
  'from.fashion-pictures.source': [pathToFileURL(folder.file('shapes')).href],
  ipc: [1, 10],
  'batch.1': 8,
  network: 'ConvNetD1W8',
  models: ['LeNet', 'MLP'],
  experts: 1,
  iterations: 4,
  stepSizeRate: 0,
  trials: 1,
  epochs: 1,
};

const onACpu = new RealProgram(folder.path, 'pipelines/tables/on-a-cpu.yaml');

/** Gives the files of the table that a run computed or found, by output. */
async function tableOf(
  store: string,
  events: readonly RunEvent[],
): Promise<ReadonlyMap<string, Buffer>> {
  const event = events.findLast((one) => 'instance' in one && String(one.instance) === 'table');
  const key = event?.kind === 'hit' ? event.key : event?.kind === 'finished' && event.record.key;
  assert.ok(key, JSON.stringify(event));
  const file = onACpu.store(`${store}/records/${key.slice(0, 2)}/${key}.json`);
  const {outputs} = JSON.parse(await readFile(file, 'utf8')) as StageRecord;
  const files = Object.entries(outputs).map(async ([name, {artifacts}]) => {
    const {digest} = artifacts[0]!;
    const blob = onACpu.store(`${store}/cas/${digest.slice(0, 2)}/${digest}`);
    return [name, await readFile(blob)] as const;
  });
  return new Map(await Promise.all(files));
}

let straight: ReadonlyMap<string, Buffer>;

test('the table has a row for each network and number of images, and a second run finds it stored', async () => {
  const events = await eventsOf(onACpu.start('straight', small));
  assertFinished(events);
  straight = await tableOf('straight', events);
  const markdown = straight.get('markdown')!.toString();
  const cell = String.raw`\d+\.\d ± 0\.0 \(1\)`;
  const difference = String.raw`[+−]?\d+\.\d`;
  for (const [ipc, model] of [
    ['1 ', 'LeNet'],
    ['1 ', 'MLP  '],
    ['10', 'LeNet'],
    ['10', 'MLP  '],
  ]) {
    assert.match(
      markdown,
      new RegExp(
        `^\\| fashion-pictures \\| ${ipc}   \\| ${model} \\| +${cell} \\| +${cell} \\| +${difference} \\|$`,
        'm',
      ),
    );
  }
  assert.equal(straight.size, 5);
  const again = await eventsOf(onACpu.start('straight', small));
  assertFinished(again);
  assert.deepEqual(startedIn(again), []);
  assert.deepEqual(await tableOf('straight', again), straight);
});

test('a run that is killed halfway and run again gives the same bytes', async () => {
  // A part of the table. The test above has computed all its inputs.
  const part = {...small, ipc: [1]};
  const whole = await eventsOf(onACpu.start('straight', part));
  assertFinished(whole);
  assert.deepEqual(startedIn(whole), ['table']);

  const child = onACpu.start('killed', part);
  await eventsOf(
    child,
    (event) =>
      event.kind === 'progress' &&
      String(event.instance) === 'distilled[dataset=fashion-pictures,ipc=1]' &&
      event.progress.done >= 2,
  );
  await onACpu.kill(child, 'killed');
  const resumed = await eventsOf(onACpu.start('killed', part));
  assertFinished(resumed);
  assert.ok(!startedIn(resumed).includes('buffers[dataset=fashion-pictures]'));
  assert.deepEqual(await tableOf('killed', resumed), await tableOf('straight', whole));
  const straightOutputs = await onACpu.outputs('straight');
  for (const [key, digests] of await onACpu.outputs('killed')) {
    assert.equal(digests, straightOutputs.get(key), key);
  }
});

test('data that cannot be downloaded leave their rows empty, and the other rows are filled', async () => {
  const gone = {
    datasets: ['cifar10-pictures', 'fashion-pictures'],
    'from.cifar10-pictures.source': [pathToFileURL(folder.file('nowhere')).href],
  };
  const events = await eventsOf(onACpu.start('straight', {...small, ...gone}, '--keep-going'));
  const last = events.at(-1)!;
  assert.ok(last.kind === 'run-finished' && last.outcome === 'failed' && last.failed === 1);
  assert.deepEqual(startedIn(events), ['images[dataset=cifar10-pictures]', 'table']);
  const markdown = (await tableOf('straight', events)).get('markdown')!.toString();
  const missing = /^\| cifar10-pictures \| (1 |10) {3}\| (LeNet|MLP  ) \| +– \| +– \| +– \|$/gm;
  assert.equal(markdown.match(missing)?.length, 4, markdown);
  assert.equal(
    markdown.match(/^\| fashion-pictures .*\d+\.\d ± 0\.0 \(1\) \| +[+−]?\d+\.\d \|$/gm)?.length,
    4,
    markdown,
  );
});

test('a cell of a table of the paper runs alone at a small size, and names its source', async () => {
  const pictures = folder.file('pictures');
  await writePictures(pictures);
  const words = (command: string): readonly string[] => [
    repositoryFile('dist/bundle/src/cli/main.js'),
    command,
    repositoryFile('pipelines/tables/table1.yaml'),
    'table1[dataset=cifar10,ipc=1]',
    '--store',
    folder.file('table1'),
    '--set',
    'scale=smoke',
    '--set',
    `from.cifar10={dataset: images, source: ["${pathToFileURL(pictures).href}"]}`,
  ];
  const run = spawnSync(process.execPath, words('run'), {encoding: 'utf8'});
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(
    run.stdout,
    /^\| cifar10 \| 1 +\| ConvNetD3 .*46\.3 ± 0\.8 \[\d\] \| +– \|.*48\.5 ± 0\.8 \[\d\]/m,
  );
  assert.match(run.stdout, /^\| images +\| 1 +\| ConvNetD3W8 .*\(1\) \|/m);

  const why = spawnSync(process.execPath, words('why'), {encoding: 'utf8'});
  assert.equal(why.status, 0, why.stderr);
  const lineage = why.stdout.slice(why.stdout.search(/made by \d+ instances/));
  assert.match(lineage, /cifar10-ipc1\/expert ×2 {2}\(train-expert, version \d+\)\n/);
  assert.match(lineage, /seed: 0 \| 1,/);
  assert.match(lineage, /pixelRate: 1000, stepSize: 0\.01, stepSizeRate: 1e-9/);
  assert.match(lineage, /engine: wasm/);
  const stages = lineage.match(/^ {9}\S+/gm)!.map((line) => line.trim());
  const cell =
    'images whitened expert buffers distilled snapshot tries best scores control control-scores';
  const own = stages.filter((stage) => stage.startsWith('cifar10-ipc1/'));
  assert.deepEqual(
    own.map((stage) => stage.replace('cifar10-ipc1/', '')),
    cell.split(' '),
  );
  assert.equal(stages.at(-1), 'table1');
  const others = ['tesla-cifar10-ipc1/distilled', 'datm-cifar10/labelled', 'k-center-scores'];
  for (const stage of others) assert.ok(stages.includes(stage), stages.join('\n'));
});

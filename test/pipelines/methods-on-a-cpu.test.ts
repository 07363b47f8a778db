import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {pathToFileURL} from 'node:url';
import {test} from 'node:test';
import {assertFinished, eventsOf, RealProgram} from '../support/program/real-program.ts';
import {writeShapes} from '../support/data/shapes.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

// Runs the table of methods with budgets that take seconds, on a few pictures. With so few, the step size must be fixed.
const small = {
  dataset: 'images',
  heldOut: 6,
  network: 'ConvNetD1W8',
  experts: 2,
  images: 20,
  iterations: 2,
  stepSizeRate: 0,
  networks: 2,
  updates: 2,
  realBatch: 4,
  trials: 1,
  epochs: 1,
};

test('every method of the table for a processor runs on pictures of one’s own, and has a row', async () => {
  await using folder = await TemporaryFolder.create();
  await writeShapes(folder.file('shapes/train'), {first: 0, count: 12, side: 16});
  await writeShapes(folder.file('shapes/test'), {first: 12, count: 2, side: 16});
  const program = new RealProgram(folder.path, 'pipelines/tables/methods-on-a-cpu.yaml');
  const source = [pathToFileURL(folder.file('shapes')).href];
  const events = await eventsOf(program.start('store', {...small, source}));
  assertFinished(events);
  const table = events.findLast((event) => event.kind === 'finished');
  assert.ok(table?.kind === 'finished' && String(table.instance) === 'table');
  const {digest} = table.record.outputs['markdown']!.artifacts[0]!;
  const file = program.store(`store/cas/${digest.slice(0, 2)}/${digest}`);
  const rows = (await readFile(file, 'utf8')).matchAll(/^\| (.+?) +\| +\d+\.\d ± 0\.0 \(1\) /gm);
  assert.deepEqual(
    Array.from(rows, ([, set]) => set),
    'random,herding,k-center,random + labels,DC,DSA,DM,MTT,TESLA,ATT,FTD,DATM'.split(','),
  );
});

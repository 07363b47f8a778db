import assert from 'node:assert/strict';
import {appendFile, readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {test} from 'node:test';
import {digestFile} from '../../src/base/digest.ts';
import {assertFinished, eventsOf, RealProgram} from '../support/program/real-program.ts';
import {writeShapes} from '../support/data/shapes.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {repositoryFile} from '../support/texts/repository.ts';

interface Collecting {
  readonly store: string;
  readonly run: string;
  readonly folder: string;
  readonly stage: string;
  readonly versus?: string;
  readonly published?: string;
}

async function script<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(repositoryFile(`scripts/results/${name}`)).href)) as T;
}

const {collect, withoutPlaces} = await script<{
  readonly collect: (of: Collecting) => Promise<void>;
  readonly withoutPlaces: (command: string) => string;
}>('collect.mjs');
const {evidencePage} = await script<{readonly evidencePage: (results: string) => Promise<string>}>(
  'page.mjs',
);

/** The table for a processor at a size that takes seconds. */
const small = (pictures: string): Readonly<Record<string, unknown>> => ({
  datasets: ['fashion-pictures'],
  'from.fashion-pictures.source': [pathToFileURL(pictures).href],
  ipc: [1],
  'batch.1': 8,
  network: 'ConvNetD1W8',
  models: ['MLP'],
  experts: 1,
  iterations: 2,
  stepSizeRate: 0,
  trials: 2,
  epochs: 1,
});

test('a finished run becomes a section: its command, its facts, its table with intervals, what was published', async () => {
  await using folder = await TemporaryFolder.create();
  await writeShapes(folder.file('shapes/train'), {first: 0, count: 4, side: 16});
  await writeShapes(folder.file('shapes/test'), {first: 4, count: 2, side: 16});
  const onACpu = new RealProgram(folder.path, 'pipelines/tables/on-a-cpu.yaml');
  const events = await eventsOf(onACpu.start('store', small(folder.file('shapes'))));
  assertFinished(events);
  const csv = folder.file('others.csv');
  await writeFile(
    csv,
    'dataset,ipc,model,set,mean,deviation,trials,source\nfashion-pictures,1,MLP,distilled,0.5,0.01,5,Another program\n',
  );
  const results = folder.file('results');
  const own = path.join(results, 'small');
  await collect({
    store: folder.file('store'),
    run: 'latest',
    folder: own,
    stage: 'table',
    published: csv,
  });
  assert.deepEqual((await readdir(own)).sort(), [
    'published.csv',
    'run.json',
    'scores.arrow',
    'table.csv',
  ]);
  const text = await readFile(path.join(own, 'run.json'), 'utf8');
  assert.ok(!text.includes(folder.path) && !text.includes(repositoryFile('')), text);
  const run = JSON.parse(text) as {
    readonly pipeline: string;
    readonly records: readonly {readonly instance: string; readonly outputs: {csv: string[]}}[];
  };
  const finished = events.filter(({kind}) => kind === 'finished');
  assert.equal(run.records.length, finished.length);
  assert.equal(run.pipeline, await digestFile(repositoryFile('pipelines/tables/on-a-cpu.yaml')));
  const table = run.records.find(({instance}) => instance === 'table')!;
  assert.deepEqual(table.outputs.csv, [await digestFile(path.join(own, 'table.csv'))]);

  const page = await evidencePage(results);
  assert.match(page, /^## small$/m);
  assert.match(
    page,
    / run …\/on-a-cpu\.yaml --set .*source=\["file:\/\/…\/shapes"\]' .*--set epochs=1 /m,
  );
  assert.ok(!page.includes(folder.path), page);
  assert.match(page, new RegExp(`^- The run of \\S+ made ${finished.length} results in `, 'm'));
  const interval = String.raw`\[[−+\d., ]+\]`;
  const measured = String.raw`[^|]+ \(2\) ${interval}`;
  const row = `MLP +\\| +${measured} \\| +${measured} \\| 50\\.0 ± 1\\.0 \\[1\\] \\| +\\S+ ${interval} \\| +\\S+ ${interval} \\|$`;
  assert.match(page, new RegExp(row, 'm'));
  assert.match(page, /^\[1\] Another program$/m);

  await appendFile(path.join(own, 'table.csv'), '\n');
  await assert.rejects(evidencePage(results), /table\.csv is not the file that run\.json records/);
});

test('a command tells neither its store nor the folders of a machine', () => {
  const command = `npx pipeline run /home/a/b.yaml 'table[x=1]' --store '/tmp/my store' --set 'a.source=[file:///data/c/d.tar.gz, file:///e.zip]' --set b=/f/g --set n=1/2`;
  assert.equal(
    withoutPlaces(command),
    `npx pipeline run …/b.yaml 'table[x=1]' --set 'a.source=[file://…/d.tar.gz, file:///e.zip]' --set b=…/g --set n=1/2`,
  );
});

test('a run without such a table is refused', async () => {
  await using folder = await TemporaryFolder.create();
  const of = {run: 'latest', folder: folder.file('results'), stage: 'table'};
  await assert.rejects(collect({...of, store: folder.file('none')}), /There is no run/);
});

import assert from 'node:assert/strict';
import {rm} from 'node:fs/promises';
import {test} from 'node:test';
import {RunsPage} from '../../../../src/page/model/runs/runs-page.ts';
import {runFolder} from '../../../../src/store/layout.ts';
import {offers} from '../../../../stages/offers.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';
import {begun, done, over, runStart, shownRun, toldAt} from '../../../support/rigs/told-run.ts';
import {withSet, writeEvents} from '../../../support/rigs/told-runs.ts';

test('runs are listed with the newest first, what was set and metrics; new events and runs are seen, removed ones gone', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await writeEvents(store, 'a', withSet(await shownRun(store), {rate: '2'}));
  await writeEvents(store, 'a', toldAt([9000, over('ok')]));
  await writeEvents(store, 'b', [...runStart([{name: 'x'}]), ...toldAt([1, begun('x')])]);
  const page = new RunsPage(store, offers.drawings);
  const first = await page.parts(0);
  assert.deepEqual([first.runs.names, first.runs.unread], [['b', 'a'], 0]);
  assert.deepEqual(
    [first['run:b']!.state, first['run:b']!.done, first['run:b']!.total],
    ['killed', 0, 1],
  );
  const {state, set, pipeline, metrics} = first['run:a']!;
  assert.deepEqual([state, set, pipeline], ['ok', [['rate', '2']], 'p.yaml']);
  assert.ok(
    metrics.some(({name, best}) => name === 'scores.scores.accuracy' && best === 'highest'),
  );

  await writeEvents(store, 'b', toldAt([2, done('x')], [3, over('ok')]));
  await writeEvents(store, 'c', runStart([]));
  await rm(runFolder(store, 'a'), {recursive: true});
  const second = await page.parts(0);
  assert.deepEqual(second.runs.names, ['c', 'b']);
  assert.deepEqual([second['run:b']!.state, second['run:b']!.done], ['ok', 1]);
  assert.equal('run:a' in second, false);
});

test('of many runs the newest are shown before the others are read', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const names = Array.from({length: 230}, (_, n) => String(1000 + n));
  for (const run of names) await writeEvents(store, run, runStart([]));
  const page = new RunsPage(store, offers.drawings);
  const shown: (readonly [number, number, string])[] = [];
  do {
    const {runs} = await page.parts(0);
    shown.push([runs.names.length, runs.unread, runs.names[0]!]);
  } while (page.isBehind);
  assert.deepEqual(shown, [
    [100, 130, '1229'],
    [200, 30, '1229'],
    [230, 0, '1229'],
  ]);
});

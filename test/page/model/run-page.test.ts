import assert from 'node:assert/strict';
import {mkdir, utimes, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {memberPath, memberRoot} from '../../../src/store/layout.ts';
import type {Point} from '../../../src/inspect/points.ts';
import {begunAt, clusterStart, joined} from '../../support/rigs/cluster-run.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {stored} from '../../support/texts/shown-results.ts';
import {begun, done, partsOf, runStart, shownRun, toldAt} from '../../support/rigs/told-run.ts';

type HistogramSummary = Extract<Point['summary'], {kind: 'histogram'}>;

const epochMs = Date.UTC(2026, 0, 1);

test('curves, accuracy by iteration, pictures and histograms of what a run made', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const parts = await partsOf(await shownRun(store), store);
  assert.deepEqual(
    parts.charts.map(({title, stage, axis, curves}) => [title, stage, axis, curves]),
    [
      ['loss', 'distilled', 'iteration', [{name: 'distilled', x: [1, 2, 3], y: [1, 0.5, null]}]],
      ['start epoch', 'distilled', 'iteration', [{name: 'distilled', x: [1, 2, 3], y: [0, 3, 1]}]],
      [
        'step size',
        'distilled',
        'iteration',
        [{name: 'distilled', x: [1, 2, 3], y: [0.5, 0.25, 0.125]}],
      ],
      [
        'image gradient norm',
        'distilled',
        'iteration',
        [{name: 'distilled', x: [1, 2, 3], y: [8, 8, 8]}],
      ],
      // The mean of two trials at iteration 500.
      [
        'accuracy',
        'scores',
        'iteration',
        [{name: 'ConvNet, ours', x: [0, 500, 900], y: [0.125, 0.5, 0.25]}],
      ],
    ],
  );
  // The bytes of the output `picture` equal those of the snapshot.
  assert.deepEqual(
    parts.galleries.map(({title, pictures}) => [
      title,
      pictures.map(({label, iteration}) => [label, iteration]),
    ]),
    [['distilled', [['raw, clipped at 2.5 σ', 10]]]],
  );
  // The picture is not a grid of the set's images, so it has no captions.
  assert.equal(parts.galleries[0]!.pictures[0]!.grid, undefined);
  assert.deepEqual(
    parts.histograms.map(({title, steps}) => [title, steps]),
    [
      [
        'pixels',
        [
          {iteration: 0, min: -1, limits: [0, 1], counts: [1, 3]},
          {iteration: 10, min: -2, limits: [0, 1, 2], counts: [1, 2, 1]},
        ],
      ],
    ],
  );
  assert.deepEqual(parts.notes, []);
});

test('skipped and unstarted instances are counted separately', async () => {
  await using folder = await TemporaryFolder.create();
  const id = (name: string): InstanceId => name as InstanceId;
  const events = [
    ...runStart([{name: 'a'}, {name: 'b'}, {name: 'c'}]),
    ...toldAt(
      [10, begun('a')],
      [20, {kind: 'failed', instance: id('a'), cause: {kind: 'stage-error', message: 'No.'}}],
      [20, {kind: 'skipped', instance: id('b'), because: id('a')}],
      [20, {kind: 'unstarted', instance: id('c'), why: 'failure'}],
    ),
  ];
  const {overview} = await partsOf(events, {root: folder.path});
  assert.deepEqual(overview.counts, {failed: 1, skipped: 1, unstarted: 1});
});

test('a warning of a stage is noted', async () => {
  await using folder = await TemporaryFolder.create();
  const events = [
    ...runStart([{name: 'a'}]),
    ...toldAt(
      [10, begun('a', 'cpu:0')],
      [20, {kind: 'warned', instance: 'a' as InstanceId, sentence: 'Nobody tried <this>.'}],
    ),
  ];
  const {notes} = await partsOf(events, {root: folder.path});
  assert.deepEqual(notes, ['a: Nobody tried <this>.']);
});

test('the timeline has every attempt on each of its devices, until the attempt or the run ended', async () => {
  await using folder = await TemporaryFolder.create();
  const a = 'a' as InstanceId;
  const events = [
    ...runStart([{name: 'a'}, {name: 'b'}]),
    ...toldAt(
      [10, begun('a', 'gpu:1')],
      [
        30,
        {
          kind: 'retrying',
          instance: a,
          cause: {kind: 'out-of-memory', of: 'heap'},
          next: 2,
          delayMs: 0,
        },
      ],
      [40, begun('a', 'gpu:1')],
      [70, done('a')],
      [75, begun('b', 'cpu:1')],
      [90, {kind: 'forecast', remainingMs: 5, unknown: 0}],
    ),
  ];
  const {timeline, overview} = await partsOf(events, {root: folder.path});
  assert.deepEqual(timeline.lanes, ['cpu:1', 'gpu:1']);
  assert.deepEqual(
    timeline.bars.map(({id, lane, startMs, endMs, state}) => [
      id,
      lane,
      startMs - epochMs,
      endMs! - epochMs,
      state,
    ]),
    [
      ['a', 1, 10, 30, 'retried'],
      ['a', 1, 40, 70, 'finished'],
      // The run counts as killed, since its process belongs to another machine.
      ['b', 0, 75, 90, 'running'],
    ],
  );
  assert.equal(overview.state, 'killed');
  assert.equal(overview.durationMs, 90);
  assert.deepEqual(overview.counts, {finished: 1, suspended: 1});
});

test('the bar of a member that has died or left ends with its last sign of life', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const [silent, gone, left, alive] = ['5', '6', '7', '8'].map((digit) => digit.repeat(16));
  await mkdir(memberRoot(store));
  await writeFile(memberPath(store, silent!), '{}');
  await utimes(memberPath(store, silent!), epochMs / 1000, (epochMs + 5000) / 1000);
  const progress = {done: 1, total: 2, unit: 'step'};
  const told = toldAt(
    [0, clusterStart(4)],
    [1, joined(silent!, {isAlive: false})],
    [1, joined(gone!, {isAlive: false})],
    [1, joined(left!)],
    [1, joined(alive!)],
    [10, begunAt(silent!, 'a')],
    [10, begunAt(gone!, 'b')],
    [10, begunAt(left!, 'c')],
    [10, begunAt(alive!, 'd')],
    [20, {kind: 'progress', instance: 'b' as InstanceId, progress}],
    [40, {kind: 'member-left', member: left!, name: 'left', why: 'failure'}],
  );
  const barsOf = async (events: readonly RunEvent[]): Promise<readonly unknown[]> =>
    (await partsOf(events, store)).timeline.bars.map(({id, startMs, endMs, state}) => [
      id,
      startMs - epochMs,
      endMs === undefined ? undefined : endMs - epochMs,
      state,
    ]);
  const lost = [
    ['a', 10, 5000, 'lost'],
    ['b', 10, 20, 'lost'],
    ['c', 10, 40, 'lost'],
  ];
  assert.deepEqual(await barsOf(told), [...lost, ['d', 10, undefined, 'running']]);
  // Another member takes over what two of them had begun.
  const taken = toldAt(
    [6000, begunAt(alive!, 'a')],
    [6000, begunAt(alive!, 'b')],
    [9000, done('a')],
  );
  assert.deepEqual(await barsOf([...told, ...taken]), [
    ...lost,
    ['d', 10, undefined, 'running'],
    ['a', 6000, 9000, 'finished'],
    ['b', 6000, undefined, 'running'],
  ]);
});

test('the page of a run whose journal has no graph still has its stages', async () => {
  await using folder = await TemporaryFolder.create();
  const events = [
    ...runStart([]).filter(({kind}) => kind !== 'planned'),
    ...toldAt([0, begun('cell[a=1]/x[b="]"]')], [1, done('cell[a=1]/x[b="]"]')]),
  ];
  const {graphs, stages} = await partsOf(events, {root: folder.path});
  assert.deepEqual(graphs, []);
  assert.deepEqual(
    stages.map(({name, type, count, rows}) => [name, type, count, rows[0]!.state]),
    [['cell/x', 'say', 1, 'finished']],
  );
});

test('a text is a result if nothing takes it, whether or not what would take it has run', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const [, artifact] = await stored(store, (file) => writeFile(file, 'words\n'), 'text');
  const outputs = {out: {media: 'text', artifacts: [artifact]}};
  const events = [
    ...runStart([{name: 'a'}, {name: 'b', count: 3}, {name: 'c', count: 2}]),
    ...['a', 'b[n=2]', 'b[n=10]', 'c[n=10]', 'c[n=9]'].flatMap((id, n) =>
      toldAt([n, begun(id)], [n + 1, done(id, {outputs})]),
    ),
  ];
  const {texts, stages} = await partsOf(events, store);
  // Instances are in the order of their numbers, not in the order in which they began.
  assert.deepEqual(
    texts.map(({title}) => title),
    ['c[n=9]', 'c[n=10]'],
  );
  assert.deepEqual(
    stages[2]!.rows.map(({label}) => label),
    ['[n=9]', '[n=10]'],
  );
  // The journal of a run that is not too large has the order of the matrix.
  const matrix = ['c[n=10]', 'c[n=9]'].map(
    (id) => [id, {label: id, type: 'say', count: 1, within: []}] as const,
  );
  const told = events.map((event) =>
    event.kind === 'planned' ? {...event, instances: {nodes: matrix, edges: []}} : event,
  );
  assert.deepEqual(
    (await partsOf(told, store)).stages[2]!.rows.map(({label}) => label),
    ['[n=10]', '[n=9]'],
  );
});

test('a histogram that equals another one is left out', async () => {
  const {histogramParts} = await import('../../../src/page/model/chart-parts.ts');
  const point = (tag: string, step: number, min: number) => ({
    tag,
    step,
    summary: {kind: 'histogram', min, limits: [1], counts: [step]} as unknown as HistogramSummary,
  });
  const figures = {curves: [], pictures: [], captions: [], scores: [], texts: [], notes: []};
  const histograms = [
    point('pixels', 5, 0),
    point('raw', 5, 0),
    point('raw', 9, 0),
    point('un', 5, 1),
  ];
  const parts = histogramParts([['a', {...figures, histograms}]]);
  assert.deepEqual(
    parts.map(({title}) => title),
    ['raw', 'un'],
  );
});

test('long curves keep their peaks', async () => {
  const {chartParts} = await import('../../../src/page/model/chart-parts.ts');
  const points = Array.from({length: 20_000}, (_, step) => ({
    tag: 'loss',
    step,
    summary: {kind: 'scalar', value: step === 7777 ? 99 : step === 1234 ? -99 : 1} as const,
  }));
  const figures = {
    curves: [{axis: 'iteration', points}],
    histograms: [],
    pictures: [],
    captions: [],
    scores: [],
    texts: [],
    notes: [],
  };
  const [curve] = chartParts([['a', figures]])[0]!.curves;
  assert.ok(curve!.x.length <= 802, String(curve!.x.length));
  assert.deepEqual([curve!.x[0], curve!.x.at(-1)], [0, 19_999]);
  assert.equal(curve!.y[curve!.x.indexOf(7777)], 99);
  assert.equal(curve!.y[curve!.x.indexOf(1234)], -99);
});

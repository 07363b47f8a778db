import assert from 'node:assert/strict';
import {writeFileSync, mkdirSync} from 'node:fs';
import {mock, test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {liveReporter} from '../../src/report/live/live-reporter.ts';
import {plainReporter} from '../../src/report/live/plain-reporter.ts';
import {quietReporter} from '../../src/report/live/quiet-reporter.ts';
import type {Reporter} from '../../src/report/live/reporter.ts';
import type {RunPlace} from '../../src/report/text/run-place.ts';
import type {RunEventBody} from '../../src/journal/event.ts';
import type {Key, StageRecord} from '../../src/store/records/record.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {Terminal} from '../support/rigs/terminal.ts';

const place: RunPlace = {
  store: {root: '/nowhere/artifacts'},
  cwd: '/nowhere',
  again: 'pipeline run p.yaml',
  againFor: (id) => `pipeline run p.yaml '${id}'`,
};

const key = 'k' as Key;
const named = (index: number): InstanceId => `expert[expert=${index}]` as InstanceId;

/** Gives a function that passes events to a reporter, at the time of the mocked clock. */
function teller(reporter: Reporter): (body: RunEventBody) => void {
  return (body) => reporter.onEvent({at: new Date().toISOString(), ...body});
}

function start(tell: (body: RunEventBody) => void, instances: number): void {
  const head = {host: 'h', pid: 1};
  tell({kind: 'run-started', run: 'r', pipeline: 'p', instances, devices: ['cpu:0'], head});
}

function begin(tell: (body: RunEventBody) => void, instance: InstanceId): void {
  const how = {key, attempt: 'a', reasons: [], devices: ['cpu:0'], log: 'runs/r/logs/x.log'};
  tell({kind: 'started', instance, ...how});
}

function finish(tell: (body: RunEventBody) => void, instance: InstanceId, attempt = 'a'): void {
  const record = {durationMs: 2000, attempt} as StageRecord;
  tell({kind: 'finished', instance, record});
}

const outcome = {kind: 'run-finished', hits: 0, ran: 0, failed: 0, skipped: 0} as const;

test('after many updates and changes of size the scrollback has one line for each instance and nothing else', () => {
  mock.timers.enable({apis: ['setInterval', 'Date'], now: 0});
  const terminal = new Terminal(100, 24);
  const reporter = liveReporter(terminal, place);
  const tell = teller(reporter);
  start(tell, 2000);
  for (let index = 0; index < 987; index++) {
    tell({kind: 'hit', instance: `stored-${index}` as InstanceId, key, savedMs: 200});
  }
  const sizes = [
    [40, 12],
    [160, 50],
    [60, 24],
    [41, 9],
    [100, 24],
  ] as const;
  for (let index = 0; index < 50; index++) {
    begin(tell, named(2 * index));
    begin(tell, named(2 * index + 1));
    for (let done = 0; done <= 4; done++) {
      const progress = {done, total: 4, unit: 'epochs', note: `loss ${done}`};
      tell({kind: 'progress', instance: named(2 * index), progress});
      mock.timers.tick(500);
    }
    const [columns, rows] = sizes[index % sizes.length]!;
    terminal.resize(columns, rows);
    finish(tell, named(2 * index + 1));
    finish(tell, named(2 * index));
  }
  // The terminal echoes the key.
  terminal.write('^C');
  reporter.note('Stopping.\n');
  reporter.close();
  mock.timers.reset();
  const finished = Array.from({length: 50}, (_, index) => [
    `✓ ${named(2 * index + 1)}  2.0 s`,
    `✓ ${named(2 * index)}  2.0 s`,
  ]).flat();
  const lines = ['✓ 987 stored already, which saves about 3 min', ...finished, 'Stopping.'];
  assert.equal(terminal.text, lines.join('\n'));
});

test('a result that was computed again shows its new duration, not that of its first record', () => {
  mock.timers.enable({apis: ['setInterval', 'Date'], now: 0});
  const terminal = new Terminal(100, 24);
  const reporter = plainReporter(terminal, terminal, place);
  const tell = teller(reporter);
  start(tell, 2);
  begin(tell, named(1));
  begin(tell, named(2));
  mock.timers.tick(7000);
  finish(tell, named(1));
  finish(tell, named(2), 'an earlier one');
  reporter.close();
  mock.timers.reset();
  assert.match(terminal.text, /✓ expert\[expert=1\] {2}2\.0 s\n✓ expert\[expert=2\] {2}7\.0 s/);
});

test('a quiet run prints failures and notes only', () => {
  const terminal = new Terminal(100, 24);
  const reporter = quietReporter(terminal, place);
  const tell = teller(reporter);
  start(tell, 3);
  tell({kind: 'hit', instance: named(0), key, savedMs: 200});
  begin(tell, named(1));
  finish(tell, named(1));
  begin(tell, named(2));
  tell({kind: 'failed', instance: named(2), cause: {kind: 'crash', message: 'oh', stack: ''}});
  reporter.note('Stopping.\n');
  reporter.close();
  assert.match(terminal.text, /^✗ expert\[expert=2\] failed\./);
  assert.match(terminal.text, /Stopping\.$/);
  assert.doesNotMatch(terminal.text, /expert=[01]|stored/);
});

test('no word of a note, a warning or a failure is broken at the end of a row', () => {
  const [note, sentence] = [
    'Stopping: stages have 5 min to save a checkpoint.',
    'That was careless.',
  ];
  const told = (reporterOn: (terminal: Terminal) => Reporter): string => {
    const terminal = new Terminal(30, 24);
    const reporter = reporterOn(terminal);
    const tell = teller(reporter);
    start(tell, 2);
    begin(tell, named(0));
    tell({kind: 'warned', instance: named(0), sentence});
    tell({kind: 'failed', instance: named(0), cause: {kind: 'stage-error', message: note}});
    reporter.note(`${note}\n`);
    reporter.close();
    return terminal.text;
  };
  const failure = `✗ expert[expert=0] failed.
  Stopping: stages have 5 min
  to save a checkpoint.
  log:    artifacts/runs/r/logs/x.log
  again:  pipeline run p.yaml 'expert[expert=0]'
Stopping: stages have 5 min
  to save a checkpoint.`;
  const warning = '! expert[expert=0]  That was\n  careless.\n';
  assert.equal(
    told((terminal) => liveReporter(terminal, place)),
    warning + failure,
  );
  assert.equal(
    told((terminal) => quietReporter(terminal, place)),
    failure,
  );
  assert.ok(
    told((terminal) => plainReporter(terminal, terminal, place)).endsWith(warning + failure),
  );
});

test('a footer that shows the same is not drawn again', () => {
  mock.timers.enable({apis: ['setInterval', 'Date'], now: 0});
  const terminal = new Terminal(100, 24);
  const reporter = liveReporter(terminal, place);
  const tell = teller(reporter);
  start(tell, 2);
  begin(tell, named(0));
  mock.timers.tick(20_000);
  const {length} = terminal.written;
  mock.timers.tick(250);
  assert.equal(terminal.written.length, length);
  mock.timers.tick(750);
  assert.ok(terminal.written.length > length);
  reporter.close();
  mock.timers.reset();
  assert.equal(terminal.text, '');
});

test('colours are used only where they are wanted', () => {
  for (const colours of [true, false]) {
    const terminal = new Terminal(100, 24, colours);
    const reporter = liveReporter(terminal, place);
    const tell = teller(reporter);
    start(tell, 2);
    begin(tell, named(0));
    finish(tell, named(0));
    reporter.close();
    assert.equal(terminal.text, `✓ ${named(0)}  2.0 s`);
    // eslint-disable-next-line no-control-regex
    assert.equal(/\u001b\[\d+m/.test(terminal.written), colours);
  }
});

test('without a terminal, thousands of stored, skipped or unstarted instances leave a line each kind', () => {
  for (const cause of ['failed', 'suspended'] as const) {
    const terminal = new Terminal(1000, 24);
    const reporter = plainReporter(terminal, terminal, place);
    const tell = teller(reporter);
    start(tell, 4001);
    for (let index = 0; index < 1000; index++) {
      tell({kind: 'hit', instance: `a${index}` as InstanceId, key, savedMs: 0});
    }
    begin(tell, named(1));
    for (let index = 0; index < 1000; index++) {
      tell({kind: 'hit', instance: `b${index}` as InstanceId, key, savedMs: 0});
    }
    const message = 'It could not.';
    if (cause === 'failed')
      tell({kind: cause, instance: named(1), cause: {kind: 'stage-error', message}});
    else tell({kind: cause, instance: named(1)});
    for (let index = 0; index < 1000; index++) {
      const skipped = `c${index}` as InstanceId;
      if (cause === 'failed') tell({kind: 'skipped', instance: skipped, because: named(1)});
      const why = cause === 'failed' ? 'failure' : 'stop';
      tell({kind: 'unstarted', instance: `d${index}` as InstanceId, why});
    }
    tell({...outcome, outcome: cause, durationMs: 0, savedMs: 0});
    reporter.close();
    assert.deepEqual(terminal.text.split('\n'), [
      '✓ 1000 stored already',
      '▸ expert[expert=1]',
      ...(cause === 'failed'
        ? [
            '✗ expert[expert=1] failed. It could not.',
            '  log:    artifacts/runs/r/logs/x.log',
            "  again:  pipeline run p.yaml 'expert[expert=1]'",
          ]
        : ['‖ expert[expert=1]  suspended']),
      ...(cause === 'failed'
        ? [
            '– 1000 skipped after expert[expert=1]: c0, c1, c2 and 997 more',
            '– 1000 not started; --keep-going runs what does not depend on it',
          ]
        : ['‖ 1000 not started']),
    ]);
  }
});

test('without a terminal, a start says the first reason, as much as fits, and how many more there are', () => {
  const terminal = new Terminal(1000, 24);
  const reporter = plainReporter(terminal, terminal, place);
  const tell = teller(reporter);
  start(tell, 1);
  const how = {key, attempt: 'a', devices: ['cpu:0'], log: 'runs/r/logs/x.log'};
  const long = ['sh', '-c', 'echo '.repeat(100)];
  const reasons = [
    {kind: 'param-changed', pointer: '/arguments', was: ['ls'], now: long},
    {kind: 'input-changed', port: 'it'},
  ] as const;
  tell({kind: 'started', instance: named(1), ...how, reasons});
  reporter.close();
  assert.equal(
    terminal.text,
    '▸ expert[expert=1]: arguments: ["ls"] → ["sh","-c","echo echo echo echo echo echo echo echo echo ec… (and 1 more reason)',
  );
});

test('many failures and what they held up are named once more at the end, a few of each', () => {
  const terminal = new Terminal(1000, 24);
  const reporter = plainReporter(terminal, terminal, place);
  const tell = teller(reporter);
  start(tell, 20);
  const cause = {kind: 'stage-error', message: 'It could not.'} as const;
  for (let index = 0; index < 5; index++) tell({kind: 'failed', instance: named(index), cause});
  for (let index = 0; index < 10; index++) {
    const instance = `after-${index}` as InstanceId;
    tell({kind: 'skipped', instance, because: named(Math.floor(index / 2))});
  }
  tell({...outcome, outcome: 'failed', durationMs: 0, savedMs: 0});
  reporter.close();
  assert.deepEqual(terminal.text.split('\n').slice(-5), [
    '– 2 skipped after expert[expert=0]: after-0, after-1',
    '– 2 skipped after expert[expert=1]: after-2, after-3',
    '– 2 skipped after expert[expert=2]: after-4, after-5',
    '– 4 skipped after 2 others',
    '✗ 5 failed: expert[expert=0], expert[expert=1], expert[expert=2] and 2 more',
  ]);
});

test('without a terminal, the totals are printed now and then', () => {
  mock.timers.enable({apis: ['Date'], now: 0});
  const terminal = new Terminal(1000, 24);
  const reporter = plainReporter(terminal, terminal, place);
  const tell = teller(reporter);
  start(tell, 100);
  for (let index = 0; index < 25; index++) {
    begin(tell, named(index));
    mock.timers.tick(2000);
    finish(tell, named(index));
  }
  reporter.close();
  mock.timers.reset();
  const told = terminal.text.split('\n').filter((line) => line.includes('done'));
  assert.deepEqual(told, ['  15/100 done · 0 running · 85 waiting · 30 s']);
});

test('a failure shows the end of the log as a terminal would, and no more than that', async () => {
  await using folder = await TemporaryFolder.create();
  mkdirSync(folder.file('logs'));
  const noise = 'x'.repeat(100_000);
  const log = `${noise}\nfirst\n\u001b[31mred\u001b[0m\nbar 1%\rbar 99%\n\u001b[2J\u001b]0;title\u0007bell\n`;
  writeFileSync(folder.file('logs/x.log'), log);
  const terminal = new Terminal(1_000_000, 24);
  const reporter = plainReporter(terminal, terminal, {...place, store: {root: folder.path}});
  const tell = teller(reporter);
  const how = {key, attempt: 'a', reasons: [], devices: ['cpu:0'], log: 'logs/x.log'};
  tell({kind: 'started', instance: named(1), ...how});
  tell({kind: 'failed', instance: named(1), cause: {kind: 'crash', message: 'oh', stack: ''}});
  const lines = terminal.text.split('\n');
  assert.ok(lines[2]!.length < 20_000);
  assert.deepEqual(lines.slice(3, 7), ['  │ first', '  │ red', '  │ bar 99%', '  │ bell']);
});

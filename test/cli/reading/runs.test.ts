import assert from 'node:assert/strict';
import {test} from 'node:test';
import {done, keyOf} from '../../support/rigs/told-run.ts';
import {storedScores, tellRun} from '../../support/rigs/told-store.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
params: {word: a, times: 2}
stages:
  said: {uses: say, matrix: {n: {count: "\${params.times}"}}, with: {text: "\${params.word}"}}
  other: {uses: say, with: {text: same}}
`;

/** The lines of a list of runs, without their ages and durations. */
function cellsOf(stdout: string): readonly string[] {
  const lines = stdout.trimEnd().split('\n').slice(1);
  return lines.map((line) => line.replace(/^(\S+) {2}(\S+) .*?(ok|failed|killed)/, '$2 $3'));
}

test('runs are listed with what was set, the newest first, and as many as are asked for', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const set = ['--set', 'word=b', '--set', 'times=1'];
  assert.equal((await rig.pipeline('run', 'p.yaml', ...set)).code, 0);
  const all = await rig.pipeline('runs');
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual(cellsOf(all.stdout), ['p.yaml ok       word=b times=1', 'p.yaml ok']);
  assert.deepEqual(cellsOf((await rig.pipeline('runs', '-n', '1')).stdout), [
    'p.yaml ok       word=b times=1',
  ]);
  assert.deepEqual(cellsOf((await rig.pipeline('runs', '--reverse')).stdout), [
    'p.yaml ok',
    'p.yaml ok       word=b times=1',
  ]);
  // Conditions see parameters that were not set, too.
  assert.deepEqual(cellsOf((await rig.pipeline('runs', '--filter', 'times>1')).stdout), [
    'p.yaml ok',
  ]);
  const none = await rig.pipeline('runs', '--filter', 'word=c');
  assert.deepEqual([none.code, none.stdout], [0, 'No run meets the conditions.\n']);
  // What is listed names the run, wherever a run is named.
  const [, newest] = await rig.runs();
  const name = all.stdout.split('\n')[1]!.split(' ')[0]!;
  assert.ok(newest!.startsWith(name) && name.length < newest!.length, name);
  assert.match((await rig.pipeline('status', name)).stdout, new RegExp(`^${newest!} `));
  const lines = (await rig.pipeline('runs', '--json')).stdout.trimEnd().split('\n');
  const [first] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    [
      lines.length,
      first?.['run'],
      first?.['set'],
      first?.['params'],
      first?.['ran'],
      first?.['hits'],
    ],
    [2, newest, ['word=b', 'times=1'], {word: 'b', times: 1}, 1, 1],
  );
});

test('a metric is shown, sorted by and chosen by, and the list says which it is', async () => {
  await using rig = await Rig.create();
  const store = {root: `${rig.folder}/artifacts`};
  const tell = async (minute: number, ours: number, more = {}): Promise<string> =>
    await tellRun(store, minute, {
      events: [
        done('random', {outputs: {scores: await storedScores(store, 0.25)}}),
        done('ours', {
          key: keyOf(String(minute)),
          outputs: {scores: await storedScores(store, ours)},
        }),
      ],
      ...more,
    });
  await tell(1, 0.5);
  await tell(2, 0.75, {pipeline: 'paper/long.yaml', set: ['steps=5']});
  await tellRun(store, 3, {events: [], outcome: 'failed'});
  const list = async (...words: readonly string[]): Promise<string> => {
    const {stdout, stderr} = await rig.pipeline('runs', ...words);
    return (stdout + stderr).replaceAll(/ +(\d+ days|just now|\d+ h|\d+ min) +/g, '  AGE  ');
  };
  assert.equal(
    await list(),
    `run              pipeline             age   took  outcome  accuracy  set
20260101-000300  p.yaml  AGE  5.0 s  failed          –
20260101-000200  paper/long.yaml  AGE  5.0 s  ok           0.75  steps=5
20260101-000100  p.yaml  AGE  5.0 s  ok            0.5
accuracy is ours.scores.accuracy; \`--metric\` shows others: random.scores.accuracy.
`.replace(/ +age +took/, (await list()).match(/ +age +took/)![0]),
  );
  const order = async (...words: readonly string[]): Promise<string> =>
    (await list(...words)).replaceAll(/^20260101-000(\d)00.*|^.*$/gm, '$1').replaceAll('\n', '');
  assert.equal(await order('--sort', 'accuracy'), '213');
  assert.equal(await order('--sort', 'ours.scores.accuracy', '--reverse'), '123');
  assert.equal(await order('--filter', 'accuracy>0.6'), '2');
  assert.equal(await order('--filter', 'outcome=failed'), '3');
  assert.equal(await order('--filter', 'steps=5', '--filter', 'age>1d'), '2');
  const byControl = /\naccuracy is random\.scores\.accuracy; /;
  assert.match(await list('--sort', 'random.scores.accuracy'), byControl);
  assert.match(await list('--filter', 'random.scores.accuracy>0.2'), byControl);
  assert.match(await list('--metric', 'random.scores.accuracy'), /000200 .* 0\.25 {2}steps=5\n/);
});

test('a metric that only runs have which are not shown is no mistake', async () => {
  await using rig = await Rig.create();
  const store = {root: `${rig.folder}/artifacts`};
  const scores = await storedScores(store, 0.5);
  await tellRun(store, 1, {events: [done('ours', {outputs: {scores}})]});
  await tellRun(store, 2, {events: []});
  const metric = ['--metric', 'ours.scores.accuracy'];
  const {code, stdout, stderr} = await rig.pipeline('runs', '-n', '1', ...metric);
  assert.equal(code, 0);
  assert.match(stdout, /^run .* ours\.scores\.accuracy .*\n20260101-000200 .* –\n$/);
  const note = 'None of these runs has `ours.scores.accuracy`; `--limit` shows more runs.\n';
  assert.equal(stderr, note);
  const all = await rig.pipeline('runs', '-n', '2', ...metric);
  assert.equal(all.stderr, '');
  assert.match(all.stdout, /000200 .* –\n20260101-000100 .* 0\.5\n$/);
  const json = await rig.pipeline('runs', '-n', '1', ...metric, '--json');
  assert.deepEqual([json.code, json.stderr], [0, note]);
});

test('a name that no run has, and a condition that is none, are mistakes', async () => {
  await using rig = await Rig.ran(pipeline);
  const fails = async (expected: RegExp, ...words: readonly string[]): Promise<void> => {
    const {code, stdout, stderr} = await rig.pipeline('runs', ...words);
    assert.deepEqual([code, stdout], [2, ''], words.join(' '));
    assert.match(stderr, expected);
  };
  await fails(/^No run has `wrod`\. Did you mean `word`\?/, '--filter', 'wrod=a');
  await fails(/^No run has `timse`\. Did you mean `times`\?/, '--sort', 'timse');
  await fails(/^No run has `said\.out\.x`\./, '--metric', 'said.out.x');
  await fails(/'--filter <condition>' argument 'word' is invalid/, '--filter', 'word');
  await fails(/unknown option '--all'/, '--all');
});

test('a store without runs has no list', async () => {
  await using rig = await Rig.create();
  await rig.write('artifacts/store.json', '{"format": 1}');
  const {code, stdout} = await rig.pipeline('runs');
  assert.deepEqual([code, stdout], [0, 'There is no run in artifacts yet.\n']);
  assert.equal((await rig.pipeline('runs', '--json')).stdout, '');
});

import assert from 'node:assert/strict';
import {mkdir} from 'node:fs/promises';
import {test} from 'node:test';
import {Rig, type Finished} from '../../support/program/rig.ts';

const swept = `
params: {epochs: 2, seed: 0}
stages:
  raw: {uses: download, with: {dataset: images, source: 'file:///data'}}
  images: {uses: zca, inputs: {dataset: raw.dataset}, with: {method: standardise}}
  picked:
    uses: coreset
    inputs: {dataset: images.dataset, transform: images.transform}
    with: {seed: '\${params.seed}'}
  scores:
    uses: evaluate
    inputs: {dataset: images.dataset, synthetic: picked.synthetic}
    with: {model: ConvNetD1W8, trials: 2, epochs: '\${params.epochs}', augmentation: none, set: picked}
  table: {uses: table, inputs: {scores: scores.scores}}
`.replaceAll('\\$', '$');

async function withPipeline(): Promise<Rig> {
  const rig = await Rig.create({PIPELINE_TEST_STAGES: 'tiny-download'});
  await mkdir(`${rig.folder}/work`);
  await rig.write('work/p.yaml', swept);
  return rig;
}

const sweep = (rig: Rig, ...args: readonly string[]): Promise<Finished> =>
  rig.pipeline('sweep', 'work/p.yaml', ...args);

/** The rows of a leaderboard, below its heading. */
function rowsOf({stdout}: Finished, heading: RegExp): readonly (readonly string[])[] {
  const lines = stdout.split('\n');
  const start = lines.findIndex((line) => heading.test(line));
  assert.ok(start >= 0, stdout);
  const rows = lines.slice(start + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('a grid over a parameter and one of a stage ends with the best first, and a second time nothing is computed', async () => {
  await using rig = await withPipeline();
  const given = ['--over', 'picked.ipc=1,2', '--over', 'epochs=1,30', '--set', 'scores.trials=1'];
  const done = await sweep(rig, ...given);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(
    done.stdout,
    /^Wrote sweep\.yaml\. To run all of it: pipeline run sweep\.yaml --keep-going\n/,
  );
  assert.match(done.stdout, /The best first, by picked\./);
  const rows = rowsOf(done, /^\| ipc +\| epochs \| +picked \|/);
  const points = rows.map(([ipc, epochs]) => `${ipc} ${epochs}`);
  assert.deepEqual(points.toSorted(), ['1 1', '1 30', '2 1', '2 30']);
  const means = rows.map(([, , mean]) => Number.parseFloat(mean!));
  assert.deepEqual(
    means,
    means.toSorted((a, b) => b - a),
  );
  const text = await rig.read('sweep.yaml');
  assert.match(text, /uses: \.\/work\/p\.yaml\n/);
  assert.match(text, /picked\.ipc: '\$\{matrix\.ipc\}'/);
  // The data set is downloaded and normalised once for all points.
  const started = await rig.started();
  assert.equal(started.filter((id) => id.endsWith('/images')).length, 1);

  const again = await sweep(rig, ...given, '--json');
  assert.equal(again.code, 0, again.stderr);
  const {run} = JSON.parse(again.stdout) as {run: {readonly name: string}};
  const events = await rig.eventsOf((await rig.runs()).at(-1)!);
  assert.equal(typeof run, 'object');
  assert.deepEqual(
    events.filter(({kind}) => kind === 'started'),
    [],
  );
});

test('a mean over a parameter has a row for what is left, which says how many sets it is of', async () => {
  await using rig = await withPipeline();
  const given = ['--over', 'seed=0,1,2', '--over', 'epochs=1,2', '--mean', 'seed'];
  const done = await sweep(rig, ...given, '--best', 'set=picked');
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /The best first, by the mean over set picked\./);
  const rows = rowsOf(done, /^\| epochs \|/);
  assert.equal(rows.length, 2);
  for (const [, cell] of rows) assert.match(cell!, /\(6, 3 sets\) \[/);
});

test('points are drawn from a seed, and what is written says from where', async () => {
  await using rig = await withPipeline();
  const given = ['--over', 'epochs=1..1000', '--over', 'picked.method=random,herding', '--no-run'];
  const written = async (...more: readonly string[]): Promise<readonly string[]> => {
    const {code, stderr} = await sweep(rig, ...given, ...more);
    assert.equal(code, 0, stderr);
    const text = await rig.read('sweep.yaml');
    assert.match(text, /# epochs: whole numbers from 1 to 1000, evenly by their logarithm\n/);
    return Array.from(text.matchAll(/^ +- (\{.*\})$/gm), (match) => match[1]!);
  };
  const five = await written('--sample', '5');
  assert.equal(five.length, 5);
  assert.match(five[0]!, /^\{epochs: \d+, method: "(random|herding)"\}$/);
  assert.deepEqual((await written('--sample', '8')).slice(0, 5), five);
  assert.notDeepEqual(await written('--sample', '5', '--seed', '1'), five);
  assert.deepEqual(await rig.runs().catch(() => []), []);
});

test('files of parameters set values at all points, and --set and --over win over them', async () => {
  await using rig = await withPipeline();
  await mkdir(`${rig.folder}/work/given`);
  await rig.write('work/given/a.yaml', 'epochs: 3\nseed: 4\nscores.trials: 5\n');
  await rig.write('b.json', '{"seed": 6, "picked.ipc": 2}');
  const files = ['--params-file', 'work/given/a.yaml', '--params-file', 'b.json'];
  const words = ['--over', 'epochs=1,2', ...files, '--set', 'scores.trials=1', '--no-run'];
  const {code, stdout, stderr} = await sweep(rig, ...words);
  assert.equal(code, 0, stdout + stderr);
  const [, given] = /^ {4}with:\n((?: {6}.+\n)+)/m.exec(await rig.read('sweep.yaml'))!;
  assert.deepEqual(given!.trim().split(/\n */), [
    'seed: 6',
    'picked.ipc: 2',
    'scores.trials: 1',
    "epochs: '${matrix.epochs}'",
  ]);
});

test('a path in a file of parameters is relative to that file, and one of --set to the swept pipeline', async () => {
  await using rig = await withPipeline();
  const cat = 'cat: {run: [cat, "${inputs.of}"], inputs: {of: "${params.notes}"}, outputs: {}}';
  const text = swept.replace('seed: 0}', 'seed: 0, notes: ./none.txt}');
  await rig.write('work/p.yaml', `${text}  ${cat}\n`);
  await mkdir(`${rig.folder}/work/given`);
  await rig.write('work/given/a.yaml', 'notes: ./here.txt\nscores.set: ./here.txt.not\n');
  await rig.write('work/given/here.txt', '');
  await rig.write('work/there.txt', '');
  const written = async (...words: readonly string[]): Promise<string> => {
    const all = ['--over', 'epochs=1,2', '--params-file', 'work/given/a.yaml', '--no-run'];
    const {code, stdout, stderr} = await sweep(rig, ...all, ...words);
    assert.equal(code, 0, stdout + stderr);
    return await rig.read('sweep.yaml');
  };
  const first = await written();
  assert.match(first, /^ {6}notes: "\.\/work\/given\/here\.txt"$/m);
  assert.match(first, /^ {6}scores\.set: "\.\/here\.txt\.not"$/m);
  assert.match(await written('--set', 'notes=./there.txt'), /^ {6}notes: "\.\/work\/there\.txt"$/m);
});

test('mistakes are reported at their place in the arguments before anything is written', async () => {
  await using rig = await withPipeline();
  const refused = async (message: RegExp, ...args: readonly string[]): Promise<void> => {
    const {code, stdout, stderr} = await sweep(rig, ...args);
    assert.ok(code === 2 || code === 3, stdout + stderr);
    assert.match(stderr, message);
    await assert.rejects(rig.read('sweep.yaml'), {code: 'ENOENT'});
    await assert.rejects(rig.runs(), {code: 'ENOENT'});
  };
  const over = (...values: readonly string[]): readonly string[] =>
    values.flatMap((value) => ['--over', value]);
  await refused(/required option '--over <name=values>'/);
  await refused(/:1:8 error bad-override.*\n {2}--over epochs\n/, ...over('epochs'));
  await refused(/:1:8 error unknown-param: work\/p\.yaml has no parameter `ipc`/, ...over('ipc=1'));
  await refused(
    /:1:8 error unknown-param: `coreset` has no parameter `icp`/,
    ...over('picked.icp=1'),
  );
  await refused(/:1:19 error bad-value: `ipc` must be an integer/, ...over('picked.ipc=x,1'));
  await refused(
    /:1:8 error bad-value: `ipc` must be an integer.*got -1/,
    ...over('picked.ipc=1,-1'),
  );
  await refused(/:1:8 error conflicting-keys: `seed` is varied twice/, ...over('seed=1', 'seed=2'));
  await refused(/:1:13 error bad-value: Of a range/, ...over('seed=1..9'));
  await refused(/--sample 9 is more than the 2 points/, ...over('seed=1,2'), '--sample', '9');
  await refused(/whole number, at least 1/, ...over('seed=1,2'), '--sample', '0');
  await refused(/Nothing is drawn without/, ...over('seed=1,2'), '--seed', '1');
  await refused(
    /:1:8 error unknown-param: `--over` does not vary `seeds`/,
    ...over('seed=1'),
    '--mean',
    'seeds',
  );
  await refused(/`seed` is varied by `--over`/, ...over('seed=1,2'), '--set', 'seed=3');
  await refused(/:1:7 error unknown-param:/, ...over('seed=1,2'), '--set', 'sed=3');
  await rig.write('a.yaml', 'seed: 1\nepoch: 3\n');
  await refused(/a\.yaml:2:1 error unknown-param:/, ...over('seed=1,2'), '--params-file', 'a.yaml');
  await refused(/no file b\.yaml/, ...over('seed=1,2'), '--params-file', 'b.yaml');
  await refused(
    /:1:14 error bad-value: .*`\$\{matrix\.seed\}` refers to others/,
    ...over('seed=1,2'),
    '--set',
    'epochs=${matrix.seed}',
  );
  await refused(/no output `x` with scores; it has/, ...over('seed=1,2'), '--scores', 'x');
  await refused(
    /:1:8 error unknown-param: `best` has no parameter `sets`/,
    ...over('seed=1,2'),
    '--best',
    'sets=a',
  );
  await refused(/must end in \.yaml/, ...over('seed=1,2'), '--write', 'sweep.txt');
});

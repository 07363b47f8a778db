import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import {Gate} from '../../support/program/gate.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';
import {storeInvariants} from '../../support/laws/store-invariants.ts';

const pipeline = (more = ''): string => `
stages:
  first: {uses: say, matrix: {text: [a, bb]}, with: {text: '\${matrix.text}'}}
  size: {uses: measure, inputs: {of: 'first.out[text=bb]'}}
${more}`;

/** Runs a command in a separate process that ends, because gc keeps what a live process used. */
function ended(rig: Rig, ...args: readonly string[]): Promise<Finished> {
  return rig.start(args).finished;
}

test('gc --dry-run says what would go and why, and removes nothing; gc removes it', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline());
  assert.equal((await ended(rig, 'run', 'p.yaml')).code, 0);
  const dry = await rig.pipeline('gc', '--max-size', '0', '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(
    dry.stdout,
    /^Would remove 3 results and free \d+ B; 0 results with 0 B of artifacts stay\.\nWould go:\n/,
  );
  assert.match(dry.stdout, /\n {2}key {7}result {10}used {6}why {12}frees\n/);
  assert.match(
    dry.stdout,
    /\n {2}[0-9a-f]{8} {2}first\[text=a\] {3}just now {2}over the size {4}1 B\n/,
  );
  assert.match(dry.stdout, /\n {2}[0-9a-f]{8} {2}first\[text=bb\] /);
  assert.match(dry.stdout, /\n {2}[0-9a-f]{8} {2}size /);
  // Without the journal, gc names a result by its stage type and by the parameters that differ from other results.
  await rig.forget('runs');
  const nameless = await rig.pipeline('gc', '--max-size', '0', '--dry-run');
  assert.match(nameless.stdout, /\n {2}[0-9a-f]{8} {2}say\[text=a\] /);
  assert.equal((await rig.stored('records')).length, 3);

  const young = await rig.pipeline('gc');
  assert.match(young.stdout, /^Removed 0 results and 0 artifacts: 0 B\.\n/);
  assert.equal((await rig.stored('records')).length, 3);

  const done = await rig.pipeline('gc', '--max-age', '0', '--runs');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^Removed 3 results and 4 artifacts: \d+ B\.\n/);
  assert.deepEqual(await rig.stored('cas'), []);
  assert.deepEqual(await rig.stored('tmp'), []);
  assert.deepEqual(await rig.stored('runs'), []);
});

test('gc leaves the results and reports of old runs where they are, and says what removes them', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline());
  assert.equal((await ended(rig, 'run', 'p.yaml')).code, 0);
  assert.equal((await rig.pipeline('report')).code, 0);
  const results = (await rig.stored('runs')).filter((file) => /results|report/.test(file));
  assert.ok(results.length > 1, results.join());
  const keeps = /\n1 old run keeps its results and reports: --runs removes them, too\.\n/;
  const dry = await rig.pipeline('gc', '--max-age', '0', '--dry-run');
  assert.match(dry.stdout, keeps);
  const {stdout} = await rig.pipeline('gc', '--max-age', '0');
  assert.match(stdout, keeps);
  assert.deepEqual(await rig.stored('records'), []);
  const left = await rig.stored('runs');
  assert.deepEqual(
    results.filter((file) => !left.includes(file)),
    [],
  );
});

test('gc calls what a program made by its command line', async () => {
  await using rig = await Rig.ran(`
stages:
  first: {uses: say, with: {text: a}}
  copy: {run: [cp, '\${inputs.in}', '\${outputs.out}'], inputs: {in: first.out}, outputs: {out: text}}
`);
  // Without the journal, gc does not know the instance.
  await rig.forget('runs');
  const {stdout} = await rig.pipeline('gc', '--max-age', '0', '--dry-run');
  assert.match(stdout, / run: cp \$\{inputs\.in\} \$\{outputs\.out\} {2}/);
});

test('gc keeps what a pinned run used, and says so', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline());
  assert.equal((await ended(rig, 'run', 'p.yaml')).code, 0);
  const [run] = await rig.runs();
  assert.equal((await rig.pipeline('pin', 'latest')).code, 0);
  await rig.write('p.yaml', pipeline('  more: {uses: say, with: {text: ccc}}\n'));
  assert.equal((await ended(rig, 'run', 'p.yaml')).code, 0);
  const dry = await rig.pipeline('gc', '--max-age', '0', '--dry-run');
  assert.match(
    dry.stdout,
    /\n {2}1 fingerprint .*\nKept although over the limits:\n( {2}.*\n){4}1 old run /,
  );
  assert.match(dry.stdout, new RegExp(` just now {2}${run}, pinned\n`));
  const done = await rig.pipeline('gc', '--max-age', '0');
  assert.match(done.stdout, /^Removed 1 result and 1 artifact: 3 B\./);
  assert.equal((await storeInvariants({root: path.join(rig.folder, 'artifacts')})).length, 3);
  await rig.write('p.yaml', pipeline());
  assert.equal((await ended(rig, 'run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), []);
});

test('gc beside a live run leaves it what it used, and the inputs of what it computes', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const slow = `  slow: {uses: say, with: {text: slow, gate: "${gate.path}"}}\n  end: {uses: join, inputs: {parts: [slow.out, size.out]}}\n`;
  await rig.write('p.yaml', pipeline(slow));
  const live = rig.start(['run', 'p.yaml']);
  const worker = await gate.arrival();
  await live.line('✓ size');
  const done = await rig.pipeline('gc', '--max-age', '0', '--max-size', '0');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^Removed 0 results and 0 artifacts/);
  assert.match(done.stdout, /results that a run needs were kept/);
  worker.let('go');
  assert.equal((await live.finished).code, 0);
  await storeInvariants({root: path.join(rig.folder, 'artifacts')});
});

test('gc refuses amounts that it does not understand, and a store that is not there', async () => {
  await using rig = await Rig.create();
  const age = await rig.pipeline('gc', '--max-age', 'old');
  assert.deepEqual(
    [age.code, /It must be a time such as 12h, 30d or 4w/.test(age.stderr)],
    [2, true],
  );
  const size = await rig.pipeline('gc', '--max-size', '3 pots');
  assert.deepEqual([size.code, /It must be a size such as/.test(size.stderr)], [2, true]);
  const unit = await rig.pipeline('gc', '--max-size', '10');
  assert.deepEqual([unit.code, /It must be a size such as/.test(unit.stderr)], [2, true]);
  const store = await rig.pipeline('gc');
  assert.deepEqual(
    [store.code, store.stderr],
    [4, 'There is no store artifacts yet: `pipeline run` makes one.\n'],
  );
});

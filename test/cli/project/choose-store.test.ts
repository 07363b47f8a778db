import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {chooseStore, passedOverLines} from '../../../src/cli/project/choose-store.ts';
import {Rig} from '../../support/program/rig.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

async function makeStore(...way: readonly string[]): Promise<void> {
  await mkdir(path.join(...way), {recursive: true});
  await writeFile(path.join(...way, 'store.json'), '{"format": 1}');
}

test("a store is the project's, otherwise one that exists here or beside the pipeline, otherwise new", async () => {
  await using folder = await TemporaryFolder.create();
  const cwd = folder.path;
  const pipeline = 'deep/p.yaml';
  const store = {folder: path.join(cwd, 'ours'), by: 'distillery.yaml'};
  assert.deepEqual(chooseStore({pipeline}, cwd), {store: 'artifacts', others: []});
  // A folder of something else is no store.
  await mkdir(path.join(cwd, 'artifacts'));
  await makeStore(cwd, 'deep/artifacts');
  assert.deepEqual(chooseStore({pipeline}, cwd), {store: 'deep/artifacts', others: []});
  assert.deepEqual(chooseStore({}, cwd), {store: 'artifacts', others: []});
  await makeStore(cwd, 'artifacts');
  assert.deepEqual(chooseStore({pipeline}, cwd), {store: 'artifacts', others: ['deep/artifacts']});
  assert.deepEqual(chooseStore({pipeline: './p.yaml'}, cwd), {store: 'artifacts', others: []});
  const both = ['artifacts', 'deep/artifacts'];
  assert.deepEqual(chooseStore({pipeline, store}, cwd), {
    store: 'ours',
    by: 'distillery.yaml',
    others: both,
  });
  const same = {folder: path.join(cwd, 'artifacts'), by: 'distillery.yaml'};
  assert.deepEqual(chooseStore({store: same}, cwd).others, []);
});

test('a line says which stores were passed over, and how to choose them', () => {
  assert.deepEqual(passedOverLines({store: 'artifacts', others: []}), []);
  assert.deepEqual(passedOverLines({store: 'artifacts', others: ['a b/artifacts']}), [
    "The store is artifacts; a b/artifacts is another: --store 'a b/artifacts' chooses it.",
  ]);
  assert.deepEqual(passedOverLines({store: 'ours', by: 'distillery.yaml', others: ['a', 'b']}), [
    'The store is ours, as distillery.yaml says; a and b are others: --store a or --store b chooses one.',
  ]);
});

test('a run continues in the store beside its pipeline, from any folder, and says how to name it', async () => {
  await using rig = await Rig.create();
  await rig.write('deep/pipeline.yaml', 'stages: {said: {uses: say, with: {text: a}}}\n');
  await makeStore(rig.folder, 'deep/artifacts');
  const first = await rig.pipeline('run', 'deep/pipeline.yaml');
  assert.equal(first.stderr, '');
  assert.match(first.stdout, /Results in deep\/artifacts\/runs/);
  assert.match(first.stdout, /report --store deep\/artifacts /);
  await makeStore(rig.folder, 'artifacts');
  const second = await rig.pipeline('run', 'deep/pipeline.yaml');
  assert.equal(
    second.stderr,
    'The store is artifacts; deep/artifacts is another: --store deep/artifacts chooses it.\n',
  );
  const named = await rig.pipeline('run', 'deep/pipeline.yaml', '--store', 'deep/artifacts');
  assert.equal(named.stderr, '');
  assert.match(named.stdout, /: 0 ran, 1 stored already/);
  const quiet = await rig.pipeline('run', 'deep/pipeline.yaml', '--quiet');
  assert.equal(quiet.stderr, '');
});

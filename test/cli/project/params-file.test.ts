import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {readRequest} from '../../../src/cluster/request.ts';
import {LocalBatch} from '../../support/cluster/local-batch.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
params: {word: hi, count: 2}
stages: {said: {uses: say, matrix: {n: {count: "\${params.count}"}}, with: {text: "\${params.word} \${matrix.n}"}}}
`;

interface Status {
  readonly set: readonly string[];
  readonly command: string;
}

test('the journal of a run records what files of parameters have set, and the same command continues it', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  await rig.write('all.yaml', 'word: hello\ncount: 3\n');
  const asked = ['run', 'p.yaml', '--params-file', 'all.yaml', '--set', 'count=1'];
  const {code, stdout, stderr} = await rig.pipeline(...asked);
  assert.equal(code, 0, stdout + stderr);
  const shown = await rig.pipeline('show', 'said[n=0].out');
  assert.equal(shown.stdout, 'hello 0\n');
  const status = JSON.parse((await rig.pipeline('status', '--json')).stdout) as Status;
  assert.deepEqual(status.set, ['word=hello', 'count=3', 'count=1']);
  assert.ok(status.command.endsWith(asked.join(' ')), status.command);
  const again = await rig.pipeline(...asked);
  assert.match(again.stdout, /: 0 ran, 1 stored already/);
});

test('members of a cluster compute the merged pipeline as it was, with the plugins of the project', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('base.yaml', pipeline);
  await rig.write('variant/p.yaml', 'extends: ../base.yaml\nparams: {word: hello}\n');
  await rig.write('more.json', '{"count": 3}');
  await rig.write(
    'distillery.yaml',
    'plugins: [./plugin.mjs]\nstore: ours\ndefaults: {jobs: 1, checkpointInterval: 7}\n',
  );
  await rig.write(
    'plugin.mjs',
    `export const stageTypes = [{
  contract: {type: 'greet', version: 1, summary: 'Greets.', params: {}, inputs: {}, outputs: {}},
  load: async () => async () => {},
}];
`,
  );
  const args = ['run', 'variant/p.yaml', '--params-file', 'more.json', '--on', 'here'];
  const ran = await rig.start(args).finished;
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /^Done in .*: 3 ran\.$/m);
  const shown = await rig.pipeline('show', 'said[n=2].out');
  assert.equal(shown.stdout, 'hello 2\n');
  const store = {root: path.join(rig.folder, 'ours')};
  const [run] = await readdir(path.join(store.root, 'runs'));
  const found = readRequest(store, run!);
  assert.ok(found.kind === 'found');
  const {args: asked, sources} = found.request;
  assert.deepEqual(asked.projectPlugins, {
    './plugin.mjs': path.join(rig.folder, 'distillery.yaml'),
  });
  assert.equal(asked.checkpointInterval, 7000);
  assert.deepEqual(
    Object.keys(sources)
      .map((file) => path.relative(rig.folder, file))
      .sort(),
    ['base.yaml', 'more.json', 'variant/p.yaml'],
  );
});

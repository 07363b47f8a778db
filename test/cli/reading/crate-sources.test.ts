import assert from 'node:assert/strict';
import {cp, mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';
import {readCrate, type ReadCrate} from '../../support/rigs/read-crate.ts';

/** The files of a pipeline that extends a file outside of its folder, and uses one of another folder. */
const files = {
  'base.yaml': `
params: {word: base, often: 1}
stages:
  said: {uses: say, with: {text: "\${params.word}"}, matrix: {of: [0, 1]}}
  joined: {uses: join, with: {between: "-"}, inputs: {parts: "said.out[*]"}}
`,
  'exp/my p.yaml': `
extends: ../base.yaml
name: mine
stages:
  inner: {uses: ../parts/inner.yaml, with: {word: "\${params.word}\${params.often}"}}
`,
  'parts/inner.yaml': `
extends: ./more/words.yaml
stages: {twice: {uses: join, inputs: {parts: [once.out, once.out]}}}
`,
  'parts/more/words.yaml': `
params: {word: none}
stages: {once: {uses: say, with: {text: "\${params.word}"}}}
`,
  'given/values.json': '{"word": "5", "often": 2}',
};

async function ran(more: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const rig = await Rig.create();
  for (const [file, text] of Object.entries({...files, ...more})) {
    await mkdir(path.dirname(path.join(rig.folder, file)), {recursive: true});
    await rig.write(file, text);
  }
  const given = ['--params-file', 'given/values.json', '--set', 'often=it is'];
  const {code, stdout, stderr} = await rig.pipeline('run', 'exp/my p.yaml', ...given);
  assert.equal(code, 0, stdout + stderr);
  return rig;
}

async function exported(rig: Rig): Promise<ReadCrate> {
  const {code, stdout, stderr} = await rig.pipeline('export', 'crate', '-o', 'crate');
  assert.equal(code, 0, stdout + stderr);
  return readCrate(path.join(rig.folder, 'crate'));
}

/** The lists of the README: what is not in the crate. */
async function lacksOf(rig: Rig): Promise<string> {
  return (await rig.read('crate/README.md')).split('## What is not here\n')[1]!;
}

/** Changes the facts of the newest run in its journal. */
async function changeFacts(
  rig: Rig,
  change: (facts: Record<string, unknown>) => object,
): Promise<void> {
  const run = (await rig.runs()).at(-1)!;
  const journal = path.join(rig.folder, 'artifacts/runs', run, 'events.jsonl');
  const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
  const changed = lines.map((line) => {
    const event = JSON.parse(line) as {kind: string; facts: Record<string, unknown>};
    if (event.kind !== 'planned') return line;
    return JSON.stringify({...event, facts: change(event.facts)});
  });
  await writeFile(journal, `${changed.join('\n')}\n`);
}

test('a crate has all pipeline files and parameters, and alone gives the same results again', async () => {
  await using rig = await ran();
  // What has changed since is not what was run.
  await rig.write('base.yaml', 'stages: {}');
  const crate = await exported(rig);
  for (const [file, text] of Object.entries(files)) {
    if (file.startsWith('given/')) continue;
    assert.equal(await rig.read(`crate/pipeline/${file}`), text);
  }
  assert.equal(await rig.read('crate/params/1-values.json'), files['given/values.json']);
  const [workflow] = crate.follow(crate.root, 'mainEntity');
  assert.equal(workflow!['@id'], 'pipeline/exp/my%20p.yaml');
  const base = crate.entities.get('pipeline/base.yaml')!;
  assert.deepEqual(crate.follow(base, 'about'), [workflow]);

  const [, again] = /^In the folder of this file:\n\n {4}(.+)$/m.exec(
    await rig.read('crate/README.md'),
  )!;
  assert.equal(
    again,
    "pipeline run 'pipeline/exp/my p.yaml' --params-file params/1-values.json --set 'often=it is'",
  );
  await using other = await Rig.create();
  await cp(path.join(rig.folder, 'crate'), other.folder, {recursive: true});
  const words = ['pipeline/exp/my p.yaml', '--params-file', 'params/1-values.json'];
  const {code, stderr} = await other.pipeline('run', ...words, '--set', 'often=it is');
  assert.equal(code, 0, stderr);
  const keysOf = async (of: Rig): Promise<readonly string[]> => {
    const events = await of.eventsOf((await of.runs()).at(-1)!);
    return events.flatMap((event) => (event.kind === 'finished' ? [event.record.key] : [])).sort();
  };
  assert.equal((await keysOf(rig)).length, 4);
  assert.deepEqual(await keysOf(other), await keysOf(rig));
  assert.doesNotMatch(await lacksOf(rig), /yaml|json/);
});

test('a file that is too large to be kept is named as missing, and the others are there', async () => {
  const large = `${files['base.yaml']}# ${'x'.repeat(200_000)}\n`;
  await using rig = await ran({'base.yaml': large});
  await exported(rig);
  assert.deepEqual((await readdir(path.join(rig.folder, 'crate/pipeline'))).sort(), [
    'exp',
    'parts',
  ]);
  assert.match(
    await lacksOf(rig),
    /^- base\.yaml, which the run was loaded from: it was too large/m,
  );
});

test('a run of an earlier version is exported, and its crate says that files may be missing', async () => {
  await using rig = await ran();
  await changeFacts(rig, ({sources: _sources, ...facts}) => facts);
  await exported(rig);
  assert.deepEqual(await readdir(path.join(rig.folder, 'crate/pipeline')), ['my p.yaml']);
  assert.match(await lacksOf(rig), /^- Pipeline files that the named one extends or uses, /m);
});

test('files of a hostile journal stay in the folder of the crate, and the others are written', async () => {
  await using rig = await ran();
  const text = 'stages: {}';
  const hostile = '../../\u001b]0;owned\u0007<b>`';
  const paths = [
    hostile,
    '/tmp/outside.yaml',
    'a/../../b.yaml',
    'exp',
    'exp/my p.yaml',
    'base.yaml/c',
  ];
  const others = ['base.yaml', ...paths, 'x\0y', '', 'fine.yaml'].map((one) => ({path: one, text}));
  await changeFacts(rig, (facts) => ({
    ...facts,
    sources: {path: 'exp/my p.yaml', others, params: [{path: '../..', text}], set: [hostile]},
  }));
  await exported(rig);
  const there = await readdir(path.join(rig.folder, 'crate/pipeline'), {recursive: true});
  assert.deepEqual(there.sort(), ['base.yaml', 'exp', 'exp/my p.yaml', 'fine.yaml']);
  assert.deepEqual(await readdir(path.join(rig.folder, 'crate/params')), ['1-..']);
  const readme = await rig.read('crate/README.md');
  assert.doesNotMatch(readme, /(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  assert.match(readme, /^- \.\.\/\.\.\/�\\\]0;owned�\\<b\\>\\`, which the run/m);
});

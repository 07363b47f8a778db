import assert from 'node:assert/strict';
import {lstat, readFile, rename, symlink} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import type {Lock} from '../../../src/pipeline/lock/lock.ts';
import {LocalBatch} from '../../support/cluster/local-batch.ts';
import {rigWithPlugins} from '../../support/program/plugin-rig.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

const pipeline = `
params: {word: hello}
stages:
  word: {uses: say, with: {text: "\${params.word}"}}
  told: {uses: join, with: {between: ", "}, inputs: {parts: word.out}}
  rows: {run: [cp, "\${inputs.of}", "\${outputs.out}"], inputs: {of: ./data/rows.csv}, outputs: {out: text}}
`;

/** A rig with a pipeline that was run and locked. */
async function locked(): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  await rig.write('data/rows.csv', 'a,b\n');
  await succeeds(rig.pipeline('run', 'p.yaml', '-q'));
  await succeeds(rig.pipeline('lock', 'p.yaml'));
  return rig;
}

async function succeeds(finished: Promise<Finished>): Promise<string> {
  const {code, stdout, stderr} = await finished;
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** What a command says that is refused, and that nothing was run. */
async function refused(rig: Rig, ...words: readonly string[]): Promise<string> {
  const before = await rig.runs();
  const {code, stderr} = await rig.pipeline(...words);
  assert.equal(code, 3, stderr);
  assert.deepEqual(await rig.runs(), before);
  return stderr;
}

async function lockOf(rig: Rig): Promise<Lock> {
  return JSON.parse(await rig.read('p.lock.json')) as Lock;
}

test('a lock holds the digests of files and of results of sources, versions and the engine', async () => {
  await using rig = await locked();
  const {distillery, ...rest} = await lockOf(rig);
  assert.match(distillery, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(rest, {
    format: 1,
    engine: {name: 'auto', numerics: 'any'},
    stageTypes: {join: {version: 1}, run: {version: 1}, say: {version: 1}},
    files: {'data/rows.csv': digestOf('a,b\n')},
    sources: {
      word: {
        type: 'say',
        params: {text: 'hello', gate: ''},
        outputs: {out: [digestOf('hello')]},
      },
    },
  });
  const again = await succeeds(rig.pipeline('lock', 'p.yaml'));
  assert.match(again, /^Nothing has changed in p\.lock\.json: 1 source, 1 file, 3 stage types/);
});

test('what is as the lock says is run, planned, validated and checked', async () => {
  await using rig = await locked();
  await succeeds(rig.pipeline('validate', 'p.yaml'));
  assert.match(await succeeds(rig.pipeline('plan', 'p.yaml')), /4 hit, 0 run/);
  await succeeds(rig.pipeline('run', 'p.yaml'));
  const {holds, unstored} = JSON.parse(
    await succeeds(rig.pipeline('lock', 'p.yaml', '--check', '--json')),
  ) as {readonly holds: boolean; readonly unstored: readonly string[]};
  assert.deepEqual({holds, unstored}, {holds: true, unstored: []});
});

test('an edited file is refused by validate, plan and run, which say what changed', async () => {
  await using rig = await locked();
  await rig.write('data/rows.csv', 'a,c\n');
  const change = `${digestOf('a,b\n').slice(0, 12)}… → ${digestOf('a,c\n').slice(0, 12)}…`;
  for (const command of ['validate', 'plan', 'run']) {
    const said = await refused(rig, command, 'p.yaml');
    assert.match(said, /^p\.lock\.json:\d+:\d+ error lock-mismatch: /);
    assert.ok(said.includes(`The file data/rows.csv changed: sha256 ${change}.`), said);
    assert.match(said, /`pipeline lock p\.yaml` locks what there is now/);
  }
  await succeeds(rig.pipeline('run', 'p.yaml', '--no-lock', '-q'));
  await succeeds(rig.pipeline('lock', 'p.yaml'));
  await succeeds(rig.pipeline('run', 'p.yaml'));
});

test('a source with other settings is refused, and a stage after it is free', async () => {
  await using rig = await locked();
  const said = await refused(rig, 'run', 'p.yaml', '--set', 'word=hullo');
  assert.match(said, /`word` has another `text`: "hello" → "hullo"/);
  await rig.write('p.yaml', pipeline.replace('", "', '"; "'));
  await succeeds(rig.pipeline('run', 'p.yaml'));
});

test('a new source, stage type and file are refused, since the lock does not have them', async () => {
  await using rig = await locked();
  const more = `  more: {uses: split, inputs: {of: ./data/more.csv}}\n  other: {uses: say, with: {text: x}}\n`;
  await rig.write('p.yaml', pipeline + more.replace('./data/more.csv', 'other.out'));
  const said = await refused(rig, 'validate', 'p.yaml');
  assert.match(said, /The stage type `split` is not in the lock/);
  assert.match(said, /The source `other` is not in the lock/);
});

test('a stored result of a source that is another than the locked one is refused before anything runs', async () => {
  await using rig = await locked();
  const lock = await lockOf(rig);
  const other = {...lock.sources['word']!, outputs: {out: [digestOf('other')]}};
  await rig.write('p.lock.json', JSON.stringify({...lock, sources: {word: other}}));
  await succeeds(rig.pipeline('validate', 'p.yaml'));
  const wanted = new RegExp(
    `The stored result of \`word\` is another one\\. The output out is not what p\\.lock\\.json demands: ` +
      `sha256 ${digestOf('other').slice(0, 12)}…, not ${digestOf('hello').slice(0, 12)}…`,
  );
  assert.match(await refused(rig, 'run', 'p.yaml'), wanted);
  assert.match(await refused(rig, 'plan', 'p.yaml'), wanted);
  const {code, stderr} = await rig.pipeline('lock', 'p.yaml', '--check');
  assert.equal(code, 3);
  assert.match(stderr, wanted);
});

test('a source that computes another result than the locked one fails, and nothing takes the result in', async () => {
  await using rig = await locked();
  await using other = await Rig.create();
  const lock = await lockOf(rig);
  const wrong = {...lock.sources['word']!, outputs: {out: [digestOf('other')]}};
  await other.write('p.yaml', pipeline);
  await other.write('data/rows.csv', 'a,b\n');
  await other.write('p.lock.json', JSON.stringify({...lock, sources: {word: wrong}}));
  const {code, stderr, stdout} = await other.pipeline('run', 'p.yaml', '--keep-going');
  assert.equal(code, 1);
  assert.match(stdout + stderr, /The output out is not what p\.lock\.json demands/);
  const [run] = await other.runs();
  const outcomes = (await other.eventsOf(run!)).flatMap((event) =>
    event.kind === 'failed' || event.kind === 'skipped' ? [`${event.kind} ${event.instance}`] : [],
  );
  assert.deepEqual(outcomes, ['failed word', 'skipped told']);
  // Nothing was stored under its key: the same run tries again.
  await other.write('p.lock.json', JSON.stringify(lock));
  await succeeds(other.pipeline('run', 'p.yaml'));
  assert.deepEqual((await other.started()).toSorted(), ['told', 'word']);
});

test('other numerics than the locked ones are refused', async () => {
  await using rig = await Rig.create();
  await rig.write('n.yaml', `numerics: engine\nstages:\n  word: {uses: say, with: {text: a}}\n`);
  await succeeds(rig.pipeline('run', 'n.yaml', '-q'));
  await succeeds(rig.pipeline('lock', 'n.yaml'));
  await rig.write('n.yaml', `numerics: bitwise\nstages:\n  word: {uses: say, with: {text: a}}\n`);
  const said = await refused(rig, 'validate', 'n.yaml');
  assert.match(said, /asks for `numerics: bitwise`, and was locked with `engine`/);
});

const reckoned = `stages:
  word: {uses: say, with: {text: a}}
  sum: {uses: reckon, with: {text: x}, inputs: {of: word.out}}
`;

test('an engine that is usual in a project gives way to that of a lock', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', reckoned);
  await succeeds(rig.pipeline('run', 'p.yaml', '-q', '--engine', 'wasm-precise'));
  await rig.write('distillery.yaml', 'defaults: {engine: wasm}\n');
  assert.match(await succeeds(rig.pipeline('lock', 'p.yaml')), /the engine wasm-precise\.\n$/);
  await succeeds(rig.pipeline('plan', 'p.yaml'));
  assert.match(await succeeds(rig.pipeline('lock', 'p.yaml', '--check')), /^p\.lock\.json holds: /);
});

test('an engine that is usual in a project gives way to that of a lock also where it lacks the numerics', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', `numerics: bitwise\n${reckoned}`);
  await succeeds(rig.pipeline('run', 'p.yaml', '-q'));
  await succeeds(rig.pipeline('lock', 'p.yaml'));
  await rig.write('distillery.yaml', 'defaults: {engine: webgpu}\n');
  assert.match(await succeeds(rig.pipeline('plan', 'p.yaml')), /2 hit, 0 run/);
  assert.match(await succeeds(rig.pipeline('lock', 'p.yaml', '--check')), /^p\.lock\.json holds: /);
});

test('an engine that the command line asks for is compared with the lock, also if it is the usual one of the project', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', reckoned);
  await succeeds(rig.pipeline('run', 'p.yaml', '-q', '--engine', 'wasm-precise'));
  await succeeds(rig.pipeline('lock', 'p.yaml'));
  await rig.write('distillery.yaml', 'defaults: {engine: wasm}\n');
  for (const words of [['plan'], ['run'], ['lock', '--check']]) {
    const said = await refused(rig, ...words, 'p.yaml', '--engine', 'wasm');
    assert.match(said, /The lock of the pipeline names the engine `wasm-precise`/);
  }
  const lock = await succeeds(rig.pipeline('lock', 'p.yaml', '--engine', 'wasm'));
  assert.match(lock, /the engine wasm\.\n$/);
});

test('a lock that leaves the engine open leaves it to the command line, and then to the project', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', `numerics: engine\n${reckoned}`);
  await succeeds(rig.pipeline('run', 'p.yaml', '-q', '--engine', 'wasm'));
  await succeeds(rig.pipeline('lock', 'p.yaml', '--engine', 'auto'));
  await rig.write('distillery.yaml', 'defaults: {engine: wasm-precise}\n');
  assert.match(await succeeds(rig.pipeline('plan', 'p.yaml')), /1 hit, 1 run/);
  for (const engine of ['wasm', 'auto']) {
    const plan = await succeeds(rig.pipeline('plan', 'p.yaml', '--engine', engine));
    assert.match(plan, /2 hit, 0 run/);
  }
});

test('the engine that made all stored results is locked, and used', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', reckoned);
  await succeeds(rig.pipeline('run', 'p.yaml', '-q', '--engine', 'wasm-precise'));
  assert.match(await succeeds(rig.pipeline('lock', 'p.yaml')), /the engine wasm-precise\.\n$/);
  assert.match(
    await refused(rig, 'run', 'p.yaml', '--engine', 'wasm'),
    /^command line:1:1 error lock-mismatch: The lock of the pipeline names the engine `wasm-precise`/,
  );
  await succeeds(rig.pipeline('run', 'p.yaml', '-q', '--force', 'sum'));
  assert.equal(await readFile(await rig.artifactOf('sum'), 'utf8'), 'any on wasm-precise');
});

test('a lock with an engine that this version does not have is refused', async () => {
  await using rig = await Rig.create();
  for (const numerics of ['any', 'bitwise']) {
    await rig.write('p.yaml', `numerics: ${numerics}\n${reckoned}`);
    await succeeds(rig.pipeline('run', 'p.yaml', '-q', '--no-lock'));
    await succeeds(rig.pipeline('lock', 'p.yaml'));
    const lock = await lockOf(rig);
    const engine = {...lock.engine, name: 'toString'};
    await rig.write('p.lock.json', JSON.stringify({...lock, engine}));
    for (const words of [['validate'], ['plan'], ['run'], ['lock', '--check']]) {
      const said = await refused(rig, ...words, 'p.yaml');
      assert.match(
        said,
        /^p\.lock\.json:1:\d+ error lock-mismatch: The lock names the engine `toString`, which this version does not have\./,
      );
    }
  }
});

test('another version of a stage type is refused, and of the program told as a warning', async () => {
  await using rig = await locked();
  const lock = await lockOf(rig);
  const stageTypes = {...lock.stageTypes, say: {version: 7}};
  await rig.write('p.lock.json', JSON.stringify({...lock, stageTypes}));
  const said = await refused(rig, 'validate', 'p.yaml');
  assert.match(said, /The stage type `say` has version 1, and was locked with 7/);
  await rig.write('p.lock.json', JSON.stringify({...lock, distillery: '0.0.1'}));
  const {code, stderr} = await rig.pipeline('validate', 'p.yaml');
  assert.equal(code, 0);
  assert.match(stderr, /warning lock-mismatch: The lock was made by Distillery 0\.0\.1/);
});

test('a check refuses what the pipeline has no more, and names what is not stored here', async () => {
  await using rig = await locked();
  await rig.write('p.yaml', pipeline.replace(/^ {2}rows.*$/m, ''));
  await succeeds(rig.pipeline('validate', 'p.yaml'));
  const said = await refused(rig, 'lock', 'p.yaml', '--check');
  assert.match(said, /The pipeline does not use the file data\/rows\.csv any more/);
  assert.match(said, /The pipeline does not use the stage type `run` any more/);
  await rig.write('p.yaml', pipeline);
  const elsewhere = ['--store', 'elsewhere'];
  const held = await succeeds(rig.pipeline('lock', 'p.yaml', '--check', ...elsewhere));
  assert.match(held, /^p\.lock\.json holds: .*\nNot stored here, and so not compared: word\.\n$/);
});

test('a lock is refused without stored results, a damaged one is told, and a missing one is', async () => {
  await using rig = await locked();
  const unstored = await rig.pipeline('lock', 'p.yaml', '--store', 'elsewhere');
  assert.equal(unstored.code, 2);
  assert.match(unstored.stderr, /The result of `word` is not stored.*run p\.yaml word/s);
  await rig.write('p.lock.json', '{"format": 2}');
  assert.match(await refused(rig, 'run', 'p.yaml'), /is not a lock as `pipeline lock`/);
  await rig.write('p.lock.json', '<<<<<<< HEAD\n');
  assert.match(await refused(rig, 'validate', 'p.yaml'), /p\.lock\.json:1:1/);
  await rig.write('q.yaml', pipeline);
  assert.match(await refused(rig, 'lock', 'q.yaml', '--check'), /There is no q\.lock\.json/);
  const shipped = await rig.pipeline('lock', 'distillery/quickstart');
  assert.equal(shipped.code, 2);
});

test('a lock says the same in every folder', async () => {
  await using rig = await locked();
  const text = await rig.read('p.lock.json');
  const whole = path.join(rig.folder, 'p.yaml');
  const said = await succeeds(rig.pipeline('lock', whole));
  assert.match(said, /^Nothing has changed/);
  assert.equal(await rig.read('p.lock.json'), text);
});

test('a lock that would be too large to be read is not written', async () => {
  await using rig = await Rig.create();
  const text = 'x'.repeat(2 ** 20 - 2 ** 10);
  const stage = `{uses: say, matrix: {i: {count: 9}}, with: {text: "\${matrix.i}${text}"}}`;
  await rig.write('p.yaml', `stages: {word: ${stage}}\n`);
  await succeeds(rig.pipeline('run', 'p.yaml', '-q'));
  const said = await refused(rig, 'lock', 'p.yaml');
  assert.match(said, /error too-large: p\.lock\.json is larger than 8 MiB, the limit for locks\./);
  await succeeds(rig.pipeline('plan', 'p.yaml'));
  await rig.write('p.yaml', `stages: {word: ${stage.replace('9', '2')}}\n`);
  await succeeds(rig.pipeline('lock', 'p.yaml'));
  assert.match(await succeeds(rig.pipeline('plan', 'p.yaml')), /2 hit, 0 run/);
});

test('a lock that is a link stays one, and what it leads to is written', async () => {
  await using rig = await locked();
  await rig.write('locks/README', 'Locks of several folders.\n');
  const [link, file] = ['p.lock.json', 'locks/p.json'].map((name) => path.join(rig.folder, name));
  await rename(link!, file!);
  await symlink('locks/p.json', link!);
  await succeeds(rig.pipeline('lock', 'p.yaml', '--engine', 'wasm'));
  assert.ok((await lstat(link!)).isSymbolicLink());
  assert.match(await rig.read('locks/p.json'), /"name": "wasm"/);
});

test('members on a cluster hold to the lock that was submitted', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  const text = `stages:\n  word: {uses: say, with: {text: hello}}\n`;
  await rig.write('p.yaml', text);
  await succeeds(rig.pipeline('run', 'p.yaml', '-q', '--store', 'elsewhere'));
  await succeeds(rig.pipeline('lock', 'p.yaml', '--store', 'elsewhere'));
  const lock = await rig.read('p.lock.json');
  await rig.write('p.lock.json', lock.replace(digestOf('hello'), digestOf('other')));
  const {code, stdout, stderr} = await rig.start(['run', 'p.yaml', '--on', 'here']).finished;
  assert.equal(code, 1, stdout + stderr);
  assert.match(stdout + stderr, /The output out is not what p\.lock\.json demands/);
  await rig.write('p.yaml', text.replace('hello', 'hullo'));
  const said = await refused(rig, 'run', 'p.yaml', '--on', 'here');
  assert.match(said, /`word` has another `text`: "hello" → "hullo"/);
});

test('edited code of a plugin is refused, with the name of its file', async () => {
  await using rig = await rigWithPlugins({
    'p.yaml': `plugins: [./mine.mjs]\nstages: {word: {uses: write}}\n`,
    'mine.mjs': plugin('one'),
  });
  await succeeds(rig.pipeline('run', 'p.yaml', '-q'));
  await succeeds(rig.pipeline('lock', 'p.yaml'));
  await rig.write('mine.mjs', plugin('two'));
  const said = await refused(rig, 'validate', 'p.yaml');
  assert.match(
    said,
    /The code of the stage type `write`, from mine\.mjs, changed: sha256 [0-9a-f]{12}… → [0-9a-f]{12}…/,
  );
});

/** The code of a stage type that writes a word. */
function plugin(word: string): string {
  return `
import {writeFile} from 'node:fs/promises';
import {defineContract, defineStageType} from 'distillery/stage';

const contract = defineContract({
  type: 'write',
  version: 1,
  summary: 'Writes a word.',
  params: {},
  inputs: {},
  outputs: {out: {media: 'text', summary: 'the word'}},
});

export const stageTypes = [defineStageType(contract, ({output}) => writeFile(output('out'), '${word}'))];
`;
}

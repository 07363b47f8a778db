import assert from 'node:assert/strict';
import {chmod, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {blobPath} from '../../../src/store/layout.ts';
import {Rig} from '../../support/program/rig.ts';
import {readCrate, type CrateEntity, type ReadCrate} from '../../support/rigs/read-crate.ts';

const pipeline = `
name: small
params: {word: hello}
stages:
  word: {uses: say, with: {text: "\${params.word}"}, matrix: {of: [0, 1]}, description: Says it.}
  joined: {uses: join, with: {between: ", "}, inputs: {parts: "word.out[*]"}}
  rows: {run: [cp, "\${inputs.of}", "\${outputs.out}"], inputs: {of: ./my rows.csv}, outputs: {out: text}}
`;

async function ran(text = pipeline): Promise<Rig> {
  const rig = await Rig.create();
  await rig.write('p.yaml', text);
  await rig.write('my rows.csv', 'a,b\n');
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  return rig;
}

async function exported(rig: Rig, ...words: readonly string[]): Promise<ReadCrate> {
  const {code, stdout, stderr} = await rig.pipeline('export', 'crate', '-o', 'crate', ...words);
  assert.equal(code, 0, stdout + stderr);
  return readCrate(path.join(rig.folder, 'crate'));
}

async function refused(rig: Rig, ...words: readonly string[]): Promise<string> {
  const before = await readdir(rig.folder);
  const {code, stderr} = await rig.pipeline('export', 'crate', ...words);
  assert.deepEqual(await readdir(rig.folder), before);
  return `${code} ${stderr.trim()}`;
}

/** The only entity with a name among those of a type. */
function named(crate: ReadCrate, type: string, name: string): CrateEntity {
  const [only, ...others] = crate.ofType(type).filter((entity) => entity['name'] === name);
  assert.equal(others.length, 0);
  return only!;
}

function valuesOf({follow}: ReadCrate, action: CrateEntity): unknown {
  const values = follow(action, 'object').filter((one) => one['@type'] === 'PropertyValue');
  return Object.fromEntries(values.map(({name, value}) => [name, value]));
}

test('a crate of a run leads from each result to what made it, and to the files of the user', async () => {
  await using rig = await ran();
  const crate = await exported(rig, '--author', 'Ada Lovelace', '--license', 'CC-BY-4.0');
  const {follow, root} = crate;
  assert.match(String(root['name']), /^small: run \d/);
  assert.deepEqual(root['license'], {'@id': 'https://spdx.org/licenses/CC-BY-4.0'});
  assert.deepEqual(
    follow(root, 'author').map(({name}) => name),
    ['Ada Lovelace'],
  );

  const joined = named(crate, 'CreateAction', 'joined');
  assert.deepEqual(valuesOf(crate, joined), {between: ', '});
  const [result] = follow(joined, 'result');
  assert.equal(result!['@id'], 'results/joined.txt');
  assert.equal(await rig.read('crate/results/joined.txt'), 'hello, hello');
  const inputs = follow(joined, 'object').filter((one) => one['@type'] === 'File');
  assert.deepEqual(
    inputs.map(({sha256}) => sha256),
    [digestOf('hello')],
  );
  const [maker] = crate
    .ofType('CreateAction')
    .filter((action) => follow(action, 'result').includes(inputs[0]!));
  assert.equal(maker!['name'], 'word[of=0]');
  assert.deepEqual(valuesOf(crate, maker!), {text: 'hello', gate: ''});

  const rows = named(crate, 'CreateAction', 'rows');
  const own = follow(rows, 'object').find((one) => one['@type'] === 'File')!;
  assert.deepEqual([own['name'], own['sha256']], ['./my rows.csv', digestOf('a,b\n')]);
  const [whole] = crate
    .ofType('CreateAction')
    .filter((action) => follow(action, 'instrument').includes(follow(root, 'mainEntity')[0]!));
  assert.deepEqual(valuesOf(crate, whole!), {word: 'hello'});
  assert.ok(follow(whole!, 'object').includes(own));
  assert.ok(follow(whole!, 'result').includes(result!));
});

test('a crate has the pipeline, the software in its version, its steps, and records under their keys', async () => {
  await using rig = await ran();
  const crate = await exported(rig);
  const {follow, root} = crate;
  assert.equal(await rig.read('crate/pipeline/p.yaml'), pipeline);
  const {version} = JSON.parse(
    await readFile(new URL('../../../../package.json', import.meta.url), 'utf8'),
  ) as {readonly version: string};
  const software = named(crate, 'SoftwareApplication', 'Distillery');
  assert.equal(software['softwareVersion'], version);
  assert.equal(follow(software, 'citation').length, 1);
  const say = named(crate, 'SoftwareApplication', 'say');
  assert.deepEqual([say['version'], say['description']], ['1', 'writes a text']);
  const [workflow] = follow(root, 'mainEntity');
  const steps = follow(workflow!, 'step').map(({name, description}) => [name, description]);
  assert.deepEqual(steps, [
    ['word', 'Says it.'],
    ['rows', undefined],
    ['joined', undefined],
  ]);
  const names = await readdir(path.join(rig.folder, 'crate/fingerprints'));
  assert.equal(names.length, 4);
  for (const name of names) {
    const key = digestOf(await rig.read(`crate/fingerprints/${name}`));
    assert.equal(name, `${key}.json`);
    assert.equal((JSON.parse(await rig.read(`crate/records/${name}`)) as {key: string}).key, key);
  }
});

test('a result that an earlier run made is told with the attempt that made it', async () => {
  await using rig = await ran();
  await rig.write('p.yaml', pipeline.replace('", "', '"; "'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const crate = await exported(rig, 'latest');
  const [first] = await rig.runs();
  const events = await rig.eventsOf(first!);
  const made = events.flatMap((event) =>
    event.kind === 'finished' && event.instance === 'word[of=0]' ? [event.record.attempt] : [],
  );
  const action = named(crate, 'CreateAction', 'word[of=0]');
  assert.equal(action['@id'], `#attempt/${made[0]!}`);
  assert.deepEqual(valuesOf(crate, named(crate, 'CreateAction', 'joined')), {between: '; '});
});

test('a failed run is told with the attempts that failed and why', async () => {
  await using rig = await Rig.create();
  const text = `
stages:
  bad: {run: [sh, -c, 'exit 3'], outputs: {out: text}}
  after: {uses: join, inputs: {parts: bad.out}}
  word: {uses: say, with: {text: hello}}
`;
  await rig.write('p.yaml', text);
  assert.equal((await rig.pipeline('run', 'p.yaml', '--keep-going')).code, 1);
  const crate = await exported(rig);
  const bad = named(crate, 'CreateAction', 'bad');
  assert.match(String(bad['error']), /exit code 3/);
  assert.equal(named(crate, 'CreateAction', 'word')['error'], undefined);
  const names = new Set(crate.ofType('ControlAction').map(({name}) => name));
  assert.deepEqual(names, new Set(['bad', 'word']));
});

const hostile = '../../x y%[]#?:\u001b]0;owned\u0007\u202e"<b>&面';

test('hostile names become URIs, and nothing outside of the folder is written', async () => {
  await using rig = await Rig.create();
  const quoted = JSON.stringify(hostile);
  const file = 'a "b" %2e#?[x]:\u202e.yaml';
  await rig.write(
    `in/${file}`,
    `
name: ${quoted}
params: {word: ${quoted}}
stages:
  word: {uses: say, with: {text: "\${params.word}"}, matrix: {of: [${quoted}, 2]}}
`,
  );
  assert.equal((await rig.pipeline('run', `in/${file}`)).code, 0);
  const [run] = await rig.runs();
  const list = `artifacts/runs/${run!}/results.json`;
  const [placed] = Object.values(JSON.parse(await rig.read(list)) as object) as [object];
  const names = ['../outside', '/tmp/outside', '..', '', 'a/b', 'fine.txt'];
  const other = {...placed, digest: digestOf('not of this run')};
  const none = ['none.txt', null];
  const listed = [...names.map((name) => [name, placed]), ['other.txt', other], none];
  await writeFile(path.join(rig.folder, list), JSON.stringify(Object.fromEntries(listed)));
  const crate = await exported(rig, '--author', hostile, '--license', hostile);
  assert.equal(await rig.read(`crate/pipeline/${file}`), await rig.read(`in/${file}`));
  assert.deepEqual(await readdir(path.join(rig.folder, 'crate/results')), ['fine.txt']);
  assert.deepEqual((await readdir(rig.folder)).sort(), ['artifacts', 'crate', 'in']);
  assert.ok(String(crate.root['name']).startsWith(hostile));
  const text = await rig.read('crate/ro-crate-metadata.json');
  assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
});

test('the same run gives the same bytes, and an impossible export is refused with its reason', async () => {
  await using rig = await ran();
  await exported(rig);
  const {code, stdout} = await rig.pipeline('export', 'crate', '-o', 'again', '--json');
  assert.equal(code, 0);
  const told = JSON.parse(stdout) as {folder: string; files: string[]; gone: string[]};
  assert.deepEqual([told.folder, told.gone], ['again', []]);
  for (const file of told.files) {
    assert.equal(await rig.read(`again/${file}`), await rig.read(`crate/${file}`));
  }
  const full = '2 crate cannot be written: there is a folder with files in its place.';
  assert.equal(await refused(rig, '-o', 'crate'), full);
  assert.match(await refused(rig, '-o', 'p.yaml'), /^2 p\.yaml cannot be written: /);
  assert.match(await refused(rig, 'nothing', '-o', 'no'), /^2 No run is called `nothing`/);
  assert.match(await refused(rig, '-o', 'no', '--store', 'none'), /There is no store none/);
});

test('a journal whose record has a path for a key is not believed', async () => {
  await using rig = await ran();
  const [run] = await rig.runs();
  const file = `artifacts/runs/${run!}/events.jsonl`;
  const lines = (await rig.read(file)).split('\n');
  const hostileLines = lines.map((line) =>
    line.includes('"kind":"finished"')
      ? line.replace(/"key":"[0-9a-f]{64}"/, '"key":"../../../owned"')
      : line,
  );
  assert.notDeepEqual(hostileLines, lines);
  await rig.write(file, hostileLines.join('\n'));
  const {code} = await rig.pipeline('export', 'crate', '-o', 'out/crate');
  assert.equal(code, 0);
  const written = await readdir(rig.folder, {recursive: true});
  assert.deepEqual(
    written.filter((name) => name.includes('owned')),
    [],
  );
});

test('a result that a later run made again is not told as that of the earlier run', async () => {
  await using rig = await Rig.create();
  const now =
    'stages: {now: {run: [sh, -c, "date +%N > $0", "${outputs.out}"], outputs: {out: text}}}';
  await rig.write('p.yaml', now);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const [, hit] = await rig.runs();
  assert.equal((await rig.pipeline('run', 'p.yaml', '--force', 'now')).code, 0);
  const {code, stdout, stderr} = await rig.pipeline('export', 'crate', hit!, '-o', 'crate');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Gone from the store, and left out: now\.txt/);
  assert.deepEqual(
    (await readdir(path.join(rig.folder, 'crate'))).filter((name) =>
      /^(records|results)$/.test(name),
    ),
    [],
  );
});

test('a result that a later run made again with the same bytes is that of the earlier run', async () => {
  await using rig = await Rig.create();
  const same =
    'stages: {same: {run: [sh, -c, "echo same > $0", "${outputs.out}"], outputs: {out: text}}}';
  await rig.write('p.yaml', same);
  for (const words of [[], [], ['--force', 'same']]) {
    assert.equal((await rig.pipeline('run', 'p.yaml', ...words)).code, 0);
  }
  const [, hit] = await rig.runs();
  const {code, stdout, stderr} = await rig.pipeline('export', 'crate', hit!, '-o', 'crate');
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stdout, /Gone/);
  assert.deepEqual(await readdir(path.join(rig.folder, 'crate/results')), ['same.txt']);
});

test('a result that is gone is left out and named by its digest, and a damaged one is refused', async () => {
  await using rig = await ran();
  const store = {root: path.join(rig.folder, 'artifacts')};
  const blob = blobPath(store, digestOf('hello, hello'));
  await chmod(blob, 0o644);
  await writeFile(blob, 'damaged, now');
  const damaged = await refused(rig, '-o', 'crate');
  assert.match(damaged, /^\d The bytes of joined\.txt \([0-9a-f]{64}\) are damaged/);
  await rm(blob);
  const crate = await exported(rig);
  const [result] = crate.follow(named(crate, 'CreateAction', 'joined'), 'result');
  assert.match(result!['@id'], /^ni:\/\/\/sha-256;/);
  assert.equal(result!['sha256'], digestOf('hello, hello'));
});

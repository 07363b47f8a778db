import assert from 'node:assert/strict';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {
  keepSources,
  readKept,
  readRequest,
  writeRequest,
  type RunRequest,
} from '../../src/cluster/request.ts';
import {yamlLimit} from '../../src/document/read-source.ts';
import {requestPath, runFolder} from '../../src/store/layout.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const run = '20260101-000000.000-abcdef';

const request: RunRequest = {
  format: 1,
  version: '1.2.3',
  cluster: 'hpc',
  cwd: '/home/me',
  args: {
    file: 'p.yaml',
    selectors: ['all'],
    paramsFile: ['more.yaml'],
    set: ['n=1'],
    until: [],
    force: ['one'],
    engine: 'auto',
    software: false,
    keepGoing: true,
    remote: true,
    remoteWrite: false,
    projectPlugins: {'./mine.mjs': '/work/distillery.yaml'},
    projectFile: '/work/distillery.yaml',
    stopWithin: 1000,
  },
  sources: {'/home/me/p.yaml': 'stages: {}\n'},
  variables: {TOKEN: 'abc'},
  plugins: {def: 'mine.mjs'},
  pools: {gpu: {takes: ['gpu', 'device']}, cpu: {takes: ['cpu']}},
  restarts: 20,
};

test('a request is read as it was written', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await writeRequest(store, run, request);
  assert.deepEqual(readRequest(store, run), {kind: 'found', request});
});

test('nobody else may change a request, whatever the umask', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const before = process.umask(0);
  try {
    await writeRequest(store, run, request);
  } finally {
    process.umask(before);
  }
  assert.equal(readRequest(store, run).kind, 'found');
});

test('a request that others may change is unusable', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await writeRequest(store, run, request);
  await chmod(requestPath(store, run), 0o664);
  assert.match(
    told(readRequest(store, run)),
    /request\.json says .*, but other users may change it\./,
  );
});

test('a run without a request was not submitted', async () => {
  await using folder = await TemporaryFolder.create();
  const found = readRequest({root: folder.path}, run);
  assert.match(told(found), /was not submitted to a cluster/);
});

test('a damaged request is refused with the field that is wrong', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await mkdir(runFolder(store, run), {recursive: true});
  const {args, ...rest} = request;
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['{"format":', /is damaged: .*JSON/],
    [null, /is damaged: it is no object\./],
    [[], /is damaged: it is no object\./],
    [{...request, format: 2}, /newer version/],
    [{...request, format: '1'}, /`format` must be 1\./],
    [rest, /`args` must be an object\./],
    [{...request, args: {...args, set: 'n=1'}}, /`args\.set` must be a list of texts\./],
    [{...request, args: {...args, stopWithin: -1}}, /`args\.stopWithin` must be a number ≥ 0\./],
    [{...request, args: {...args, hurry: 1}}, /nothing reads `args\.hurry`\./],
    [{...request, cwd: 'here'}, /`cwd` must be an absolute path\./],
    [{...request, sources: {'p.yaml': ''}}, /`sources` must be an absolute path\./],
    [{...request, sources: {'/p.yaml': 1}}, /`sources\.\/p\.yaml` must be a text\./],
    [{...request, pools: {gpu: {takes: ['all']}}}, /`pools\.gpu\.takes` must be a list of gpu,/],
  ];
  for (const [value, expected] of cases) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    await writeFile(requestPath(store, run), text, {mode: 0o644});
    assert.match(told(readRequest(store, run)), expected);
  }
});

test('the kept texts are read in the place of files, which may have gone', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'p.yaml');
  await writeFile(file, 'stages: {}\n');
  const keeping = keepSources();
  await keeping.readFile(file, yamlLimit);
  await writeFile(file, 'changed');
  const read = readKept({sources: keeping.sources()});
  assert.equal(Buffer.from(await read(file, yamlLimit)).toString(), 'stages: {}\n');
  await assert.rejects(read(path.join(folder.path, 'other.yaml'), yamlLimit), {code: 'ENOENT'});
});

function told(found: ReturnType<typeof readRequest>): string {
  return found.kind === 'unusable' ? found.message : assert.fail('it was found');
}

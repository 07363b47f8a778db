import assert from 'node:assert/strict';
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf, type Digest} from '../../src/base/digest.ts';
import {engines} from '../../src/tensor/engines/engines.ts';
import {fitPools} from '../../src/cluster/fit-pools.ts';
import {profileIn, readProfile} from '../../src/cluster/profile/read-profile.ts';
import {diagnosticCodes, DiagnosticLog, type Diagnostic} from '../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../src/diagnostics/format-diagnostics.ts';
import {missingPrograms} from '../../src/cli/options/missing-programs.ts';
import {describeShortages} from '../../src/cli/options/find-shortages.ts';
import {findFile} from '../../src/cli/find-file.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {chooseInstances, parseWishes} from '../../src/pipeline/graph/choose-instances.ts';
import {loadPipeline, type LoadedPipeline} from '../../src/pipeline/load-pipeline.ts';
import {holdLock} from '../../src/pipeline/lock/hold-lock.ts';
import {readLock} from '../../src/pipeline/lock/read-lock.ts';
import {pinEngine} from '../../src/pipeline/graph/pin-engine.ts';
import {registry} from '../../stages/registry.ts';
import {testRegistry} from '../support/registries/test-registry.ts';

/**
 * A fixture is the text of `pipeline.yaml`, a separator line, and the text that the user reads. Comments at its start
 * say how it is read:
 * - `# --set name=value`, `# --engine …`, `# select stage[axis=value]`, `# --until …` and `# --force …` are on the
 * command line.
 * - `# stages` uses the program's stage types instead of small ones.
 * - `# lock JSON` is what the lock of the pipeline holds.
 * - `# gpus NAME…` gives the machine these GPUs and two CPU slots, and `# PATH FOLDER` the programs in that folder.
 * - `# --on NAME` computes it on the cluster of that name, whose profile is in `test/fixtures/clusters`.
 * - `# profile` says that the text is not a pipeline, but the profile of a cluster.
 * - `# words FILE SELECTOR…` is a command line of its own, given in the folder `test/fixtures`.
 */
const folder = path.join(import.meta.dirname, '../../../test/fixtures/diagnostics');
/** A pipeline beside which there is a folder with profiles of clusters. */
const clustersBeside = path.relative(process.cwd(), path.join(folder, '../pipeline.yaml'));
const separator = '---8<---\n';
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

for (const name of fixtures) {
  test(`${name} gives exactly the diagnostics it says`, async () => {
    const file = path.join(folder, name);
    const [text, expected] = readFileSync(file, 'utf8').split(separator);
    const found = await outputFor(text!);
    // UPDATE_FIXTURES=1 writes the text that the program printed. Read the difference before you commit it.
    if (process.env['UPDATE_FIXTURES'] === '1') writeFileSync(file, text + separator + found);
    else assert.equal(found, expected);
    assert.match(found, new RegExp(`^\\S.* (error|warning) ${name.split('.')[0]!}: `, 'm'));
  });
}

test('every diagnostic code has a fixture', () => {
  const covered = new Set(fixtures.map((name) => name.split('.')[0]!));
  assert.deepEqual([...covered].sort(), Object.keys(diagnosticCodes).sort());
});

async function outputFor(text: string): Promise<string> {
  const lines = directives(text, 'words');
  if (lines.length > 0) return formatDiagnostics(lines.flatMap(wordsOutput));
  if (directives(text, 'profile').length > 0) return profileOutput(text);
  const loaded = await loadPipeline({
    file: 'pipeline.yaml',
    registry: directives(text, 'stages').length > 0 ? registry : testRegistry,
    set: directives(text, '--set'),
    readFile: (file) => readFixture(file, text),
    digestFile: digestFixture,
  });
  return (
    (await lockOutput(loaded, text)) ??
    engineOutput(loaded, text) ??
    selectorOutput(loaded, text) ??
    shortageOutput(loaded, text) ??
    (await clusterOutput(loaded, text)) ??
    (await programOutput(loaded, text)) ??
    loadOutput(loaded)
  );
}

function wordsOutput(line: string): readonly Diagnostic[] {
  const found = findFile(line.split(' ').filter(Boolean), {
    cwd: path.dirname(folder),
    packageRoot: repositoryFile(''),
  });
  return found.kind === 'none' ? found.diagnostics : [];
}

function loadOutput(loaded: LoadedPipeline): string {
  return formatDiagnostics(loaded.kind === 'ok' ? loaded.warnings : loaded.diagnostics);
}

async function lockOutput(loaded: LoadedPipeline, text: string): Promise<string | undefined> {
  const [lock] = directives(text, 'lock');
  if (loaded.kind === 'invalid' || lock === undefined) return undefined;
  const log = new DiagnosticLog();
  const read = await readLock('pipeline.yaml', log, () => Promise.resolve(Buffer.from(lock)));
  const [engine = 'auto'] = directives(text, '--engine');
  if (read !== undefined) {
    const holding = {version: '0.1.0', engine, isAsked: true, engines, isStrict: true};
    holdLock(loaded.graph, read, holding, log);
  }
  return formatDiagnostics(log.sorted());
}

function engineOutput(loaded: LoadedPipeline, text: string): string | undefined {
  const [engine] = directives(text, '--engine');
  if (loaded.kind === 'invalid' || engine === undefined) return undefined;
  const pinned = pinEngine(loaded.graph, engine, engines);
  return pinned.kind === 'invalid' ? formatDiagnostics(pinned.diagnostics) : undefined;
}

function selectorOutput(loaded: LoadedPipeline, text: string): string | undefined {
  const {wishes, diagnostics} = parseWishes({
    select: directives(text, 'select'),
    until: directives(text, '--until'),
    force: directives(text, '--force'),
  });
  if (diagnostics.length > 0) return formatDiagnostics(diagnostics);
  if (loaded.kind === 'invalid') return undefined;
  const chosen = chooseInstances(loaded.graph, wishes);
  return chosen.kind === 'invalid' ? formatDiagnostics(chosen.diagnostics) : undefined;
}

function shortageOutput(loaded: LoadedPipeline, text: string): string | undefined {
  const [line] = directives(text, 'gpus');
  if (loaded.kind === 'invalid' || line === undefined) return undefined;
  const gpus = line.split(' ').filter(Boolean);
  const found = {gpus, why: [`--devices names ${gpus.join(', ')}.`]};
  const instances = [...loaded.graph.instances.values()];
  return formatDiagnostics(describeShortages(instances, 2, found));
}

function profileOutput(text: string): string {
  const log = new DiagnosticLog();
  const cluster = profileIn({name: 'clusters/hpc.yaml', text}, {cwd: folder}, log);
  assert.equal(cluster === undefined, log.hasErrors);
  return formatDiagnostics(log.sorted());
}

async function clusterOutput(loaded: LoadedPipeline, text: string): Promise<string | undefined> {
  const [name] = directives(text, '--on');
  if (loaded.kind === 'invalid' || name === undefined) return undefined;
  const log = new DiagnosticLog();
  const place = {cwd: process.cwd(), pipeline: clustersBeside, environment: {HOME: '/home/me'}};
  const read = await readProfile(name, place, log);
  if (read === undefined) return formatDiagnostics(log.sorted());
  return formatDiagnostics(fitPools(loaded.graph, read.cluster, 120_000).diagnostics);
}

async function programOutput(loaded: LoadedPipeline, text: string): Promise<string | undefined> {
  const [searched] = directives(text, 'PATH');
  if (loaded.kind === 'invalid' || searched === undefined) return undefined;
  const {instances} = loaded.graph;
  return formatDiagnostics(await missingPrograms(instances.values(), repositoryFile(searched)));
}

function directives(text: string, word: string): readonly string[] {
  const lines = text.matchAll(new RegExp(`^# ${word}(?: (.*))?$`, 'gm'));
  return Array.from(lines, (match) => match[1] ?? '');
}

/** Gives the digest of the files that the fixtures use as inputs, and fails for those that cannot be read. */
function digestFixture(file: string): Promise<Digest> {
  if (/^(probe\.py|measure)$/.test(path.basename(file)))
    return Promise.resolve(digestOf('print()'));
  const codes: Readonly<Record<string, string>> = {
    folder: 'EISDIR',
    programs: 'EISDIR',
    secret: 'EACCES',
    pipe: 'ENXIO',
  };
  const code = codes[path.basename(file)] ?? 'ENOENT';
  return Promise.reject(Object.assign(new Error(code), {code}));
}

function readFixture(file: string, text: string): Promise<Uint8Array> {
  if (file === 'pipeline.yaml') return Promise.resolve(Buffer.from(text));
  if (file === 'latin1.yaml') return Promise.resolve(Buffer.from('name: caf\u00e9', 'latin1'));
  if (file === 'bitwise.yaml') {
    return Promise.resolve(Buffer.from('numerics: bitwise\nstages: {data: {uses: make}}\n'));
  }
  const code = file === 'forbidden.yaml' ? 'EACCES' : 'ENOENT';
  return Promise.reject(Object.assign(new Error(code), {code}));
}

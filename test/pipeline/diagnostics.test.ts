import assert from 'node:assert/strict';
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf, type Digest} from '../../src/base/digest.ts';
import {diagnosticCodes} from '../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../src/diagnostics/format-diagnostics.ts';
import {loadPipeline, type LoadedPipeline} from '../../src/pipeline/load-pipeline.ts';
import {parseSelector, selectInstances} from '../../src/pipeline/selector.ts';
import {testRegistry} from '../support/test-registry.ts';

/**
 * A fixture is the text of `pipeline.yaml`, a line of its own, and what the user reads. Lines at its start say what
 * is on the command line: `# --set name=value`, `# select stage[axis=value]`.
 */
const folder = path.join(import.meta.dirname, '../../../test/fixtures/diagnostics');
const separator = '---8<---\n';
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

for (const name of fixtures) {
  test(`${name} gives exactly the diagnostics it says`, async () => {
    const file = path.join(folder, name);
    const [text, expected] = readFileSync(file, 'utf8').split(separator);
    const found = await outputFor(text!);
    // UPDATE_FIXTURES=1 writes what is found; read the difference before committing it.
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
  const loaded = await loadPipeline({
    file: 'pipeline.yaml',
    registry: testRegistry,
    set: directives(text, '--set'),
    readFile: (file) => readFixture(file, text),
    digestFile: digestFixture,
  });
  return selectorOutput(loaded, directives(text, 'select')) ?? loadOutput(loaded);
}

function loadOutput(loaded: LoadedPipeline): string {
  return formatDiagnostics(loaded.kind === 'ok' ? loaded.warnings : loaded.diagnostics);
}

function selectorOutput(loaded: LoadedPipeline, texts: readonly string[]): string | undefined {
  if (loaded.kind === 'invalid' || texts.length === 0) return undefined;
  const parsed = texts.map(parseSelector);
  const bad = parsed.flatMap((result) => (result.kind === 'invalid' ? result.diagnostics : []));
  if (bad.length > 0) return formatDiagnostics(bad);
  const selectors = parsed.flatMap((result) => (result.kind === 'parsed' ? result.selector : []));
  const selected = selectInstances(loaded.graph, selectors);
  return selected.kind === 'invalid' ? formatDiagnostics(selected.diagnostics) : undefined;
}

function directives(text: string, word: string): readonly string[] {
  const lines = text.matchAll(new RegExp(`^# ${word} (.*)$`, 'gm'));
  return Array.from(lines, (match) => match[1]!);
}

/** Of the files that inputs can be there is one, and some that are hard to read. */
function digestFixture(file: string): Promise<Digest> {
  if (path.basename(file) === 'probe.py') return Promise.resolve(digestOf('print()'));
  const codes: Readonly<Record<string, string>> = {
    folder: 'EISDIR',
    secret: 'EACCES',
    pipe: 'ENXIO',
  };
  const code = codes[path.basename(file)] ?? 'ENOENT';
  return Promise.reject(Object.assign(new Error(code), {code}));
}

function readFixture(file: string, text: string): Promise<Uint8Array> {
  if (file === 'pipeline.yaml') return Promise.resolve(Buffer.from(text));
  if (file === 'latin1.yaml') return Promise.resolve(Buffer.from('name: caf\u00e9', 'latin1'));
  const code = file === 'forbidden.yaml' ? 'EACCES' : 'ENOENT';
  return Promise.reject(Object.assign(new Error(code), {code}));
}

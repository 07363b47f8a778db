import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {parse} from 'yaml';
import type {JsonObject} from '../../src/base/json.ts';
import type {Contract} from '../../src/contract/contract.ts';
import {formatDiagnostics} from '../../src/diagnostics/format-diagnostics.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {registry} from '../../stages/registry.ts';
import {compileSchema} from '../support/texts/compile-schema.ts';
import {readUserPages} from '../support/rigs/pages.ts';
import {repositoryFile} from '../support/texts/repository.ts';

/** The schema that editors use. */
const schema = readSchema('pipeline');
const accepts = compileSchema(schema);
const acceptsStage = compileSchema({
  $ref: '#/definitions/stage',
  definitions: schema['definitions']!,
});

function readSchema(name: string): JsonObject {
  const text = readFileSync(repositoryFile(`schemas/${name}.schema.json`), 'utf8');
  return JSON.parse(text) as JsonObject;
}

const folder = repositoryFile('pipelines');
const files = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((name) =>
  name.endsWith('.yaml'),
);

for (const name of files) {
  test(`${name} is valid by the schema that its first line names`, () => {
    const text = readFileSync(path.join(folder, name), 'utf8');
    const [, named] = /^# yaml-language-server: \$schema=(.*)\n/.exec(text) ?? assert.fail(name);
    const file = path.resolve(folder, path.dirname(name), named!);
    assert.equal(file, repositoryFile('schemas/pipeline.schema.json'));
    // An editor checks mappings as they are with those merged in.
    assert.ok(accepts(parse(text, {merge: true})), JSON.stringify(accepts.errors));
  });
}

const starter = readFileSync(path.join(folder, 'starter.yaml'), 'utf8');
const slips: readonly (readonly [string, string])[] = [
  ['stages:', 'stage:'],
  ['uses: train-expert', 'uses: train-experts'],
  ['inputs: {dataset: mnist.dataset}', 'inputs: {data: mnist.dataset}'],
  ['inputs: {dataset: mnist.dataset}, ', ''],
  ['method: standardise', 'method: standardize'],
  ['learningRate: 0.02', 'learningRate: "fast"'],
  ['learningRate: 0.02', 'learningrate: 0.02'],
  ['model: ConvNetD2W16', 'model: ConvNetD99'],
  ['ipc: 1', 'ipc: 0'],
  ['resources: {device: 1}', 'resources: {devices: 1}'],
  ['resources: {device: 1}', 'timeout: 5 minutes'],
  ['resources: {device: 1}', 'retry: {crashes: 1}'],
  ['resources: {device: 1}', 'run: [echo, hello]'],
  ['expert.trajectory[*]', 'expert'],
  ['matrix: {seed: {count:', 'matrix: {seed: {cuont:'],
];

test('the schema finds slips in a real pipeline', () => {
  for (const [right, wrong] of slips) {
    assert.ok(starter.includes(right), right);
    assert.equal(accepts(parse(starter.replace(right, wrong))), false, `${right} → ${wrong}`);
  }
});

test('every parameter, input and stage type has a description, and every default is shown', () => {
  const definitions = schema['definitions'] as Record<string, Definition>;
  for (const type of registry.keys()) {
    const {properties} = definitions[`stage:${type}`]!;
    const {with: given, inputs} = properties!;
    for (const [name, param] of Object.entries({...given!.properties, ...inputs!.properties})) {
      assert.ok(param.description, `${type} ${name}`);
    }
  }
  assert.equal(definitions['stage:run']!.properties!['run']!.description?.slice(0, 9), 'A program');
  const {epochs} = definitions['stage:train-expert']!.properties!['with']!.properties!;
  assert.equal(epochs!.default, 50);
});

test('a stage type has a schema of its own, which says of a stage what that of pipelines says', () => {
  const names = readdirSync(repositoryFile('schemas/stages')).sort();
  assert.deepEqual(names, [...registry.keys()].map((type) => `${type}.schema.json`).sort());
  const written = [starter, ...slips.map(([right, wrong]) => starter.replace(right, wrong))];
  const stages = written.flatMap((text) => Object.values(stagesOf(text)));
  for (const {contract} of registry.values()) {
    const {type} = contract;
    const acceptsType = compileSchema(readSchema(`stages/${type}`));
    const least = leastOf(contract);
    for (const stage of [least, ...stages.filter(({uses}) => uses === type)]) {
      assert.equal(acceptsType(stage), acceptsStage(stage), JSON.stringify(stage));
    }
    assert.ok(acceptsType(least), type + JSON.stringify(acceptsType.errors));
    for (const slip of [{uses: `other-${type}`}, {wiht: {}}, {retry: -1}, {with: {zzz: 1}}]) {
      assert.equal(acceptsType({...least, ...slip}), false, `${type} ${JSON.stringify(slip)}`);
    }
  }
});

/** Gives a stage with only the keys that its type requires. */
function leastOf({type, params, inputs}: Contract): object {
  const given = Object.entries(params).filter(
    ([, param]) => param.default === undefined && param.optional !== true,
  );
  const taken = Object.entries(inputs).filter(([, {optional}]) => optional !== true);
  return {
    uses: type,
    with: Object.fromEntries(given.map(([name]) => [name, `\${params.${name}}`])),
    inputs: Object.fromEntries(taken.map(([name]) => [name, 'a.b'])),
  };
}

test('every pipeline that the pages show is valid, by its schema and by itself', async () => {
  const all = readUserPages().flatMap((page) =>
    Array.from(page.text.matchAll(/^```yaml\n(.*?)^```/gms), ([, text]) => text!),
  );
  // Workflows of GitHub Actions and the file of pre-commit are for other programs; profiles of clusters are no pipelines.
  const blocks = all.filter((text) => !/^(on:|- run:|repos:|kind:)/m.test(text));
  assert.ok(blocks.length >= 5);
  // Blocks with an ellipsis are incomplete.
  for (const text of blocks.filter((block) => !block.includes('…'))) {
    if (!/^stages:/m.test(text)) {
      // The block is a part of a pipeline.
      for (const stage of Object.values(parse(text) as object)) {
        assert.ok(acceptsStage(stage), text + JSON.stringify(acceptsStage.errors));
      }
      continue;
    }
    assert.ok(accepts(parse(text)), text + JSON.stringify(accepts.errors));
    // The plugin's module, files and bases are shown on the page, but do not exist on the disk.
    if (/^(plugins|extends):/m.test(text)) continue;
    const file = 'pipelines/shown.yaml';
    const loaded = await loadPipeline({
      file,
      registry,
      readFile: readWith(file, text),
    });
    assert.equal(
      formatDiagnostics(loaded.kind === 'ok' ? loaded.warnings : loaded.diagnostics),
      '',
      text,
    );
  }
});

/** Gives a function that reads the project's files, and a text in place of one file that does not exist. */
function readWith(file: string, text: string): (name: string) => Promise<Uint8Array> {
  return (name) =>
    Promise.resolve(name === file ? Buffer.from(text) : readFileSync(repositoryFile(name)));
}

function stagesOf(text: string): Readonly<Record<string, {readonly uses?: string}>> {
  return (parse(text) as {readonly stages?: ReturnType<typeof stagesOf>}).stages ?? {};
}

interface Definition {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Definition>>;
}

import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {Ajv} from 'ajv';
import {parse} from 'yaml';
import {repositoryFile} from '../support/repository.ts';

/** The schema that editors use. */
const schema = JSON.parse(
  readFileSync(repositoryFile('schemas/pipeline.schema.json'), 'utf8'),
) as Record<string, unknown>;
const accepts = new Ajv({strict: true, strictRequired: false, strictTypes: false}).compile(schema);

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
    assert.ok(accepts(parse(text)), JSON.stringify(accepts.errors));
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
  const types = Object.entries(definitions).filter(([name]) => name.startsWith('stage:'));
  assert.ok(types.length >= 8);
  for (const [type, {properties}] of types) {
    const {with: given, inputs} = properties!;
    for (const [name, param] of Object.entries({...given!.properties, ...inputs!.properties})) {
      assert.ok(param.description, `${type} ${name}`);
    }
  }
  const {epochs} = definitions['stage:train-expert']!.properties!['with']!.properties!;
  assert.equal(epochs!.default, 50);
});

interface Definition {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Definition>>;
}

import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {parse} from 'yaml';
import type {Json} from '../../../src/base/json.ts';
import {profileIn} from '../../../src/cluster/profile/read-profile.ts';
import {clusterKinds} from '../../../src/cluster/profile/profile-keys.ts';
import {profileSchema} from '../../../src/cluster/profile/profile-schema.ts';
import {DiagnosticLog} from '../../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../../src/diagnostics/format-diagnostics.ts';
import {readUserPages} from '../../support/rigs/pages.ts';
import {compileSchema} from '../../support/texts/compile-schema.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

const accepts = compileSchema(profileSchema());

/** The mistakes of a profile, as the user reads them. */
function mistakesIn(text: string): string {
  const log = new DiagnosticLog();
  profileIn({name: 'profile.yaml', text}, {cwd: '/'}, log);
  return formatDiagnostics(log.sorted());
}

const folder = repositoryFile('clusters');
const examples = readdirSync(folder).map((name) => {
  return [name, readFileSync(path.join(folder, name), 'utf8')] as const;
});

for (const [name, text] of examples) {
  test(`the example ${name} is valid, also by the schema that its first line names`, () => {
    const [, named] = /^# yaml-language-server: \$schema=(.*)\n/.exec(text) ?? assert.fail(name);
    assert.equal(path.resolve(folder, named!), repositoryFile('schemas/cluster.schema.json'));
    assert.equal(mistakesIn(text), '');
    assert.ok(accepts(parse(text)), JSON.stringify(accepts.errors));
  });
}

test('the profiles that the pages show are valid, by the schema and by themselves', () => {
  const blocks = readUserPages().flatMap(({text}) =>
    Array.from(text.matchAll(/^```yaml\n(.*?)^```/gms), ([, block]) => block!),
  );
  const profiles = blocks.filter((block) => /^kind:/m.test(block));
  assert.ok(profiles.length > 0);
  for (const text of profiles) {
    assert.equal(mistakesIn(text), '');
    assert.ok(accepts(parse(text)), JSON.stringify(accepts.errors));
  }
});

test('there is an example of each kind', () => {
  const kinds = examples.map(([, text]) => (parse(text) as {kind: string}).kind);
  assert.deepEqual(kinds.sort(), [...clusterKinds].sort());
});

const texts = ['', 'x', '/x', 'cpu', 'all', '5m', '4G', '${n} ${script}'];
const lists = [[], [1], [''], ['gpu']];
/** What a value of a profile is replaced by. */
const values: readonly Json[] = [1, 0, -1, 1.5, true, null, {}, ...texts, ...lists];

test('the schema accepts each example with one other value, if that is valid', () => {
  const seen = {accepted: 0, rejected: 0};
  for (const [, text] of examples) {
    const profile = parse(text) as Json;
    for (const place of placesIn(profile)) {
      for (const value of values) seen[judged(replaced(profile, place, value))]++;
    }
  }
  assert.ok(seen.accepted > 99 && seen.rejected > 99, JSON.stringify(seen));
});

test('the schema accepts examples with two other values, if these are valid', () => {
  const edit = fc.tuple(fc.nat(1000), fc.constantFrom(...values));
  const property = fc.property(fc.constantFrom(...examples), edit, edit, ([, text], ...edits) => {
    let profile = parse(text) as Json;
    for (const [nth, value] of edits) {
      const places = placesIn(profile);
      if (places.length > 0) profile = replaced(profile, places[nth % places.length]!, value);
    }
    judged(profile);
  });
  fc.assert(property, {numRuns: 300});
});

/** Whether our own reader accepts a profile; then the schema has to. */
function judged(profile: Json): 'accepted' | 'rejected' {
  // JSON is YAML.
  const text = JSON.stringify(profile);
  if (mistakesIn(text) !== '') return 'rejected';
  assert.ok(accepts(profile), text + JSON.stringify(accepts.errors));
  return 'accepted';
}

type Place = readonly string[];

/** The places of all values within a value, of whole lists and mappings too. */
function placesIn(value: Json): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, within]) => [
    [key],
    ...placesIn(within).map((place) => [key, ...place]),
  ]);
}

/** A value with another one at a place. */
function replaced(whole: Json, [key, ...rest]: Place, value: Json): Json {
  if (key === undefined) return value;
  const copy = structuredClone(whole) as Record<string, Json>;
  copy[key] = replaced(copy[key]!, rest, value);
  return copy;
}

test('the schema rejects what an editor can know to be wrong', () => {
  const wrong = [
    'kind: slurm',
    'pools: {any: {}}',
    'kind: pbs\npools: {any: {}}',
    'kind: slurm\npools: {}',
    'kind: slurm\npools: {a b: {}}',
    'kind: slurm\npools: {any: {}}\nstore: here',
    'kind: slurm\npools: {any: {}}\nhosts: [a]',
    'kind: slurm\npools: {any: {}}\nwall: 3 hours',
    'kind: slurm\npools: {any: {}}\nrestarts: -1',
    'kind: slurm\npools: {any: {memory: 32GB}}',
    'kind: slurm\npools: {any: {max: 0}}',
    'kind: slurm\npools: {any: {takes: gpus}}',
    'kind: slurm\npools: {any: {mem: 32G}}',
    'kind: slurm\npools: {any: {partition: []}}',
    "kind: slurm\npools: {any: {partition: [gpu, '']}}",
    "kind: slurm\npools: {any: {account: ''}}",
    'kind: ssh\npools: {any: {}}',
    'kind: ssh\nhosts: []\npools: {any: {}}',
    'kind: ssh\nhosts: [{gpus: all}]\npools: {any: {}}',
    'kind: ssh\nhosts: [a]\npools: {any: {time: 4h}}',
    'kind: command\nsubmit: [a]\nlist: [b]\npools: {any: {}}',
    'kind: kubernetes\nimage: i\nclaim: c\npools: {any: {}}',
    'kind: slurm\npools: {any: {}}\nremote: {trust: all}',
  ];
  for (const text of wrong) {
    assert.equal(accepts(parse(text)), false, text);
    assert.notEqual(mistakesIn(text), '', text);
  }
});

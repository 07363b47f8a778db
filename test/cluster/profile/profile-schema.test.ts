import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {parse} from 'yaml';
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

test('the schema accepts changed examples that are valid', () => {
  const values = ['1', '0', '-1', '1.5', 'x', '/x', '[]', '{}', '[1]', '[gpu]', 'cpu', '5m', '4G'];
  const edit = fc.tuple(fc.nat(1000), fc.constantFrom(...values, 'all', '"${n} ${script}"'));
  const seen = {accepted: 0, rejected: 0};
  const property = fc.property(
    fc.constantFrom(...examples.map(([, text]) => text)),
    fc.array(edit, {minLength: 1, maxLength: 2}),
    (whole, edits) => {
      let text = whole;
      for (const [at, value] of edits) text = replaceValue(text, at, value);
      const isValid = mistakesIn(text) === '';
      if (isValid) assert.ok(accepts(parse(text)), text + JSON.stringify(accepts.errors));
      seen[isValid ? 'accepted' : 'rejected']++;
    },
  );
  fc.assert(property, {numRuns: 300});
  assert.ok(seen.accepted > 9 && seen.rejected > 9, JSON.stringify(seen));
});

/** Replaces the n-th value of a text; n is taken modulo the number of values. */
function replaceValue(text: string, nth: number, value: string): string {
  const places = [...text.matchAll(/(?<=^[^#\n]*[:,[-] )("[^"]*"|[\w./-]+)(?=[,}\]\n])/gm)];
  const {index, 0: old} = places[nth % places.length]!;
  return text.slice(0, index) + value + text.slice(index + old.length);
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

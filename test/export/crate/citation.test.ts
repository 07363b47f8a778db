import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {parse} from 'yaml';
import {addSoftware, parseCitation} from '../../../src/export/crate/citation.ts';
import {Entities} from '../../../src/export/crate/entity.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

const text = readFileSync(repositoryFile('CITATION.cff'), 'utf8');
const manifest = JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')) as {
  readonly version: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly files: readonly string[];
};

test('CITATION.cff has what its format requires, and tells what package.json does', () => {
  const {message, authors, references, ...rest} = parse(text) as Record<string, unknown>;
  // The fields that the schema of the format, version 1.2.0, requires.
  assert.equal(rest['cff-version'], '1.2.0');
  assert.equal(rest['title'], 'Distillery');
  assert.match(String(message), /cite/);
  assert.ok(Array.isArray(authors) && authors.length > 0);
  assert.ok(Array.isArray(references) && references.length > 0);
  for (const name of ['version', 'license', 'keywords'] as const) {
    const told = manifest[name];
    const own = rest[name];
    if (name === 'keywords') assert.ok((own as string[]).every((word) => told.includes(word)));
    else assert.equal(own, told);
  }
  assert.ok(manifest.files.includes('CITATION.cff'));
});

test('the software of a crate has the version of the run, its authors, its licence and the paper', () => {
  const entities = new Entities();
  const software = addSoftware(parseCitation(text), '9.8.7', entities);
  const byId = new Map(entities.all.map((entity) => [entity['@id'], entity]));
  const {softwareVersion, license, citation, author} = byId.get(software['@id'])!;
  assert.equal(softwareVersion, '9.8.7');
  assert.deepEqual(license, {'@id': 'https://spdx.org/licenses/MIT'});
  assert.deepEqual(citation, [{'@id': 'https://arxiv.org/abs/2203.11932'}]);
  assert.deepEqual(author, [{'@id': '#organization/The%20Distillery%20maintainers'}]);
  const paper = byId.get('https://arxiv.org/abs/2203.11932')!;
  assert.deepEqual(paper['author'], [
    {'@id': '#person/George%20Cazenavette'},
    {'@id': '#person/Tongzhou%20Wang'},
    {'@id': '#person/Antonio%20Torralba'},
    {'@id': '#person/Alexei%20A.%20Efros'},
    {'@id': '#person/Jun-Yan%20Zhu'},
  ]);
  assert.equal(byId.get('#person/Jun-Yan%20Zhu')!['familyName'], 'Zhu');
});

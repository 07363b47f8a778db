import assert from 'node:assert/strict';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {digestId, Entities, localId, pathId} from '../../../src/export/crate/entity.ts';
import {licenseOf} from '../../../src/export/crate/license.ts';
import {personOf} from '../../../src/export/crate/person.ts';

const hostile = 'a b/%2e#?[x]:<y>"\\^`{|}\u0000\n\u202e\u2028面\ud800';

test('a path becomes a URI path that leads back to it, whatever is in it', () => {
  const id = pathId(hostile);
  assert.match(id, /^[^\p{C}\p{Z}"<>\\^`{|}#?[\]:]*$/u);
  const whole = hostile.replaceAll('\ud800', '\ufffd');
  assert.equal(decodeURIComponent(id), whole);
  const url = new URL(id, 'http://crate/folder/');
  assert.equal(url.hash + url.search, '');
  assert.equal(decodeURIComponent(url.pathname), `/folder/${whole}`);
  assert.match(id, /面/);
});

test('a fragment keeps its parts apart, whatever is in them', () => {
  assert.equal(localId('a', 'b'), '#a/b');
  assert.notEqual(localId('a/b', 'c'), localId('a', 'b/c'));
  assert.equal(new URL(localId('a', hostile), 'http://crate/').pathname, '/');
});

test('the name of bytes is the URI of RFC 6920 for their sha256', () => {
  // The example in section 8.1 of the RFC.
  const id = 'ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk';
  assert.equal(digestId(digestOf('Hello World!')), id);
});

test('the first entity of an id counts, and they keep their order', () => {
  const entities = new Entities();
  assert.deepEqual(entities.add({'@id': '#b', '@type': 'Thing', name: 'first'}), {'@id': '#b'});
  entities.add({'@id': '#a', '@type': 'Thing'});
  entities.add({'@id': '#b', '@type': 'Thing', name: 'second'});
  assert.deepEqual(
    entities.all.map((entity) => [entity['@id'], entity['name']]),
    [
      ['#b', 'first'],
      ['#a', undefined],
    ],
  );
});

test('a licence is an identifier of SPDX, an address, or a text', () => {
  const idOf = (text?: string): string => licenseOf(text, new Entities())['@id'];
  assert.equal(idOf('CC-BY-4.0'), 'https://spdx.org/licenses/CC-BY-4.0');
  assert.equal(idOf('https://example.org/terms'), 'https://example.org/terms');
  assert.equal(idOf('for our laboratory only'), '#licence/for%20our%20laboratory%20only');
  assert.equal(idOf(), '#no-licence');
});

test('a person is a name, or a name and an address', () => {
  const added = (text: string): unknown => {
    const entities = new Entities();
    personOf(text, entities);
    return entities.all;
  };
  const orcid = 'https://orcid.org/0000-0001-2345-6789';
  const person = (id: string, name: string): unknown => [{'@id': id, '@type': 'Person', name}];
  assert.deepEqual(added(`Ada Lovelace <${orcid}>`), person(orcid, 'Ada Lovelace'));
  assert.deepEqual(added('Ada Lovelace'), person('#person/Ada%20Lovelace', 'Ada Lovelace'));
  assert.deepEqual(added('Ada <nowhere>'), person('#person/Ada', 'Ada'));
});

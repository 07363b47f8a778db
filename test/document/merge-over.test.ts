import assert from 'node:assert/strict';
import {test} from 'node:test';
import {DiagnosticLog} from '../../src/diagnostics/diagnostic.ts';
import {jsonOf, locate, type Located, type LocatedMap} from '../../src/document/located.ts';
import {mergeOver} from '../../src/document/merge-over.ts';
import {parseDocument} from '../../src/document/parse-document.ts';

function mapOf(name: string, text: string): LocatedMap {
  const log = new DiagnosticLog();
  const root = parseDocument({name, text}, log);
  assert.ok(root?.kind === 'map' && !log.hasErrors);
  return root;
}

const merged = (base: string, own: string): LocatedMap =>
  mergeOver(mapOf('base', base), mapOf('own', own));

/** The file in which the key and the value along a path are written. */
function placesOf(root: Located, ...path: readonly string[]): readonly (string | undefined)[] {
  const {entry, value} = locate(root, path);
  return [entry?.keySpan.file.name, value.span.file.name];
}

test('mappings are merged to any depth; lists and scalars replace; the order is that of the base', () => {
  const base = '{a: {b: {c: 1, d: 2}, list: [1, 2]}, z: 0, y: 0}';
  const own = '{y: {new: 1}, a: {list: [3], b: {d: 5, e: 6}}, x: 7}';
  assert.equal(
    JSON.stringify(jsonOf(merged(base, own))),
    '{"a":{"b":{"c":1,"d":5,"e":6},"list":[3]},"z":0,"y":{"new":1},"x":7}',
  );
});

test('null removes an entry of the base, and stays where the base has none', () => {
  const root = merged('{a: {b: 1, c: 2}, d: {e: 1}}', '{a: {b: null}, d: null, f: null}');
  assert.deepEqual(jsonOf(root), {a: {c: 2}, f: null});
});

test('a mapping replaces a scalar, and a scalar a mapping', () => {
  assert.deepEqual(jsonOf(merged('{a: 1, b: {c: 1}}', '{a: {d: 1}, b: 2}')), {a: {d: 1}, b: 2});
});

test('each value keeps its place, and a merged mapping that of its declaration', () => {
  const root = merged('{a: {b: 1, c: 2}}', '{a: {c: 3}}');
  assert.deepEqual(placesOf(root, 'a', 'b'), ['base', 'base']);
  assert.deepEqual(placesOf(root, 'a', 'c'), ['own', 'own']);
  assert.deepEqual(placesOf(root, 'a'), ['base', 'base']);
  assert.equal(root.span.file.name, 'own');
});

test('what is missing from either mapping is missing from both together', () => {
  const partial: LocatedMap = {...mapOf('base', '{a: 1}'), isPartial: true};
  const whole = mapOf('own', '{b: 2}');
  assert.equal(mergeOver(partial, whole).isPartial, true);
  assert.equal(mergeOver(whole, partial).isPartial, true);
  assert.equal(mergeOver(whole, whole).isPartial, undefined);
});

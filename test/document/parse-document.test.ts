import assert from 'node:assert/strict';
import {test} from 'node:test';
import {DiagnosticLog} from '../../src/diagnostics/diagnostic.ts';
import {isText, jsonOf, locate, spansWithin, type Located} from '../../src/document/located.ts';
import {parseDocument} from '../../src/document/parse-document.ts';

function parse(text: string): {readonly root: Located | undefined; readonly log: DiagnosticLog} {
  const log = new DiagnosticLog();
  return {root: parseDocument({name: 'd.yaml', text}, log), log};
}

function rootOf(text: string): Located {
  const {root, log} = parse(text);
  assert.deepEqual(log.sorted(), []);
  return root!;
}

test('a document is read as YAML 1.2 reads it', () => {
  const text =
    'a: [1, 0x1f, -0, 1e3, yes, "no", ~, true, 2001-01-01]\nb: {"<<": x}\nc: &c {d: 1}\ne: *c';
  assert.deepEqual(jsonOf(rootOf(text)), {
    a: [1, 31, 0, 1000, 'yes', 'no', null, true, '2001-01-01'],
    b: {'<<': 'x'},
    c: {d: 1},
    e: {d: 1},
  });
});

test('merge keys give a mapping the entries of others; its own entries and earlier mappings take precedence', () => {
  const text = 'a: &a {x: 1, y: {z: 2}}\nb: &b {x: 3, <<: *a}\nc: {<<: [{w: 4}, *b], y: 5}\n';
  const root = rootOf(text);
  assert.deepEqual(jsonOf(root), {
    a: {x: 1, y: {z: 2}},
    b: {x: 3, y: {z: 2}},
    c: {w: 4, x: 3, y: 5},
  });
  const {value} = locate(root, ['b', 'y', 'z']);
  assert.equal(value.span.start, text.indexOf('2'));
});

test('merged entries count towards the limit of values, and a mapping cannot merge itself', () => {
  const doubling = Array.from({length: 30}, (_, i) => `x${i + 1}: {<<: *a${i}, k${i}: [*a${i}]}`);
  const many = doubling.map((line, i) => line.replace(': {', `: &a${i + 1} {`)).join('\n');
  const {log} = parse(`x0: &a0 {k: 1}\n${many}\n`);
  assert.deepEqual(
    log.sorted().map(({code}) => code),
    ['too-large'],
  );
  const {log: itself} = parse('a: &a {<<: *a}');
  assert.deepEqual(
    itself.sorted().map(({code}) => code),
    ['bad-alias'],
  );
});

test('keys that every object has are kept as keys', () => {
  const json = jsonOf(rootOf('__proto__: {polluted: true}\nconstructor: 1'));
  assert.equal(JSON.stringify(json), '{"__proto__":{"polluted":true},"constructor":1}');
});

test('part of a text is found where it was written, quoted, folded or escaped', () => {
  const texts = [
    'a: x ${y} z',
    'a: "x ${y} z"',
    "a: 'x ${y} z'",
    'a: >\n  x\n  ${y}\n',
    'a: "\\u0078 ${y}"',
  ];
  for (const text of texts) {
    const {value} = locate(rootOf(text), ['a']);
    assert.ok(isText(value));
    const start = value.value.indexOf('${y}');
    const span = spansWithin(value)(start, start + 4);
    assert.equal(text.slice(span.start, span.end), '${y}', text);
  }
});

test('a path that leads out of the data ends at the last existing value', () => {
  const root = rootOf('a: {b: [1, 2]}');
  assert.equal(locate(root, ['a', 'b', '1']).whole, true);
  const {value, whole} = locate(root, ['a', 'b', '7', 'c']);
  assert.equal(whole, false);
  assert.deepEqual(jsonOf(value), [1, 2]);
});

test('a megabyte of brackets is refused before it is nested', () => {
  for (const bracket of ['[', '{', '[{', '- [']) {
    const {root, log} = parse(bracket.repeat((1 << 20) / bracket.length));
    assert.equal(root, undefined);
    assert.deepEqual(
      log.sorted().map(({code}) => code),
      ['too-large'],
    );
  }
});

test('brackets in texts and comments nest nothing', () => {
  const brackets = '['.repeat(100);
  const text = `a: "${brackets}"\nb: x${brackets} # ${brackets}\nc: |\n  ${brackets}\nd: [${'[], '.repeat(100)}]`;
  assert.equal(parse(text).log.hasErrors, false);
});

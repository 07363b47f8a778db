import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Diagnostic} from '../../src/diagnostics/diagnostic.ts';
import {DiagnosticLog} from '../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../src/diagnostics/format-diagnostics.ts';
import type {SourceFile} from '../../src/diagnostics/span.ts';

function diagnosticAt(text: string, start: number, end: number): Diagnostic {
  const file = {name: 'p.yaml', text};
  return {
    code: 'bad-value',
    severity: 'error',
    message: 'Wrong.',
    span: {file, start, end},
    notes: [],
  };
}

test('columns count characters, and the mark stands under them', () => {
  const text = 'a: "😀é" # x\r\nb: 2';
  const found = formatDiagnostics([diagnosticAt(text, text.indexOf('#'), text.indexOf('#') + 3)]);
  assert.equal(found, 'p.yaml:1:9 error bad-value: Wrong.\n  a: "😀é" # x\n          ~~~\n');
});

test('tabs before the mark stay tabs', () => {
  const found = formatDiagnostics([diagnosticAt('a:\n\tb:\t1', 7, 8)]);
  assert.equal(found, 'p.yaml:2:5 error bad-value: Wrong.\n  \tb:\t1\n  \t  \t^\n');
});

test('a span over several lines is marked on its first', () => {
  const found = formatDiagnostics([diagnosticAt('a:\n  b: 1\n  c: 2\n', 5, 16)]);
  assert.equal(found, 'p.yaml:2:3 error bad-value: Wrong.\n    b: 1\n    ~~~~\n');
});

test('control characters of the text do not reach the terminal', () => {
  const text = 'a: "\u001b[31m\u202e"';
  const [line] = formatDiagnostics([diagnosticAt(text, 3, text.length)]).match(/ {2}a.*/) ?? [];
  assert.equal(line, '  a: "\uFFFD[31m\uFFFD"');
});

test('a very long line is cut around the mark', () => {
  const text = `${'x'.repeat(100_000)}HERE${'y'.repeat(100_000)}`;
  const [, line, mark] = formatDiagnostics([diagnosticAt(text, 100_000, 100_004)]).split('\n');
  assert.ok(line!.length < 250);
  assert.equal(line!.indexOf('HERE'), mark!.indexOf('~~~~'));
});

test('on a terminal a long line is cut on both sides, so that no line of an excerpt wraps', () => {
  const text = `${'a'.repeat(300)}X${'b'.repeat(300)}`;
  for (const columns of [40, 80, 200]) {
    const found = formatDiagnostics([diagnosticAt(text, 300, 301)], {columns});
    const [, line, mark] = found.split('\n');
    assert.ok(line!.length < columns, `${line!.length} of ${columns}`);
    assert.match(line!, /^ {2}…a+Xb+…$/);
    assert.equal(mark!.indexOf('^'), line!.indexOf('X'));
  }
  const short = formatDiagnostics([diagnosticAt('key: value', 5, 10)], {columns: 80});
  assert.equal(short, 'p.yaml:1:6 error bad-value: Wrong.\n  key: value\n       ~~~~~\n');
});

test('with colours, the text is the same except for the colours', () => {
  const diagnostics = [diagnosticAt('a: 1', 3, 4)];
  const plain = formatDiagnostics(diagnostics);
  const styled = formatDiagnostics(diagnostics, {color: true});
  assert.notEqual(styled, plain);
  // oxlint-disable-next-line no-control-regex -- what colour is made of
  assert.equal(styled.replace(/\u001b\[\d+m/g, ''), plain);
});

test('diagnostics are in the order of their places, and the same mistake counts once', () => {
  const file: SourceFile = {name: 'p.yaml', text: 'abc'};
  const other: SourceFile = {name: 'p.yaml', text: 'xyz'};
  const log = new DiagnosticLog();
  log.error('cycle', {file, start: 2, end: 3}, 'third');
  log.error('cycle', {file, start: 1, end: 2}, 'second');
  log.error('cycle', {file, start: 1, end: 2}, 'again');
  log.warning('unused-param', {file, start: 0, end: 2}, 'first');
  log.error('cycle', {file: other, start: 0, end: 1}, 'in another text of that name');
  log.error('missing-input', {file, start: 2, end: 3}, 'a', {about: 'a'});
  log.error('missing-input', {file, start: 2, end: 3}, 'b', {about: 'b'});
  assert.deepEqual(
    log.sorted().map(({message}) => message),
    ['first', 'second', 'third', 'a', 'b', 'in another text of that name'],
  );
});

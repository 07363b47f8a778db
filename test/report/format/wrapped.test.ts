import assert from 'node:assert/strict';
import {test} from 'node:test';
import {displayWidth} from '../../../src/report/format/display-width.ts';
import {wrapped} from '../../../src/report/format/wrapped.ts';

test('a long line is broken at spaces, and its further rows are indented', () => {
  const text = '! a  stages have 5 minutes to save a checkpoint\n';
  assert.equal(wrapped(text, 20), '! a  stages have 5\n  minutes to save a\n  checkpoint\n');
  assert.equal(wrapped(text, Number.POSITIVE_INFINITY), text);
  assert.equal(wrapped(text, 48), text);
  // The last column stays free.
  assert.equal(wrapped(text, 47), text.replace(' checkpoint', '\n  checkpoint'));
});

test('widths are those of the terminal: a wide character has two columns, an accent none', () => {
  assert.equal(wrapped('漢字 漢字 漢字', 10), '漢字 漢字\n  漢字');
  assert.equal(wrapped('é'.normalize('NFD').repeat(4) + ' eeee', 10), 'éééé eeee'.normalize('NFD'));
});

test('colours take no column', () => {
  const text = '\u001b[1mp.yaml:1:2\u001b[0m \u001b[33mwarning\u001b[0m: one two three';
  assert.equal(wrapped(text, 25), text.replace(' two', '\n  two'));
});

test('a word that is too long stays whole, and so do quotations, commands and rows of tables', () => {
  assert.equal(wrapped('see /a/very/long/path now', 8), 'see\n  /a/very/long/path\n  now');
  for (const line of ['  pipeline run a b c', '  │ one two three', '| one | two |']) {
    assert.equal(wrapped(`${line}\none two\n`, 6), `${line}\none\n  two\n`);
  }
  for (const text of ['', '\n', ' ', 'word', 'a\n\nb\n']) assert.equal(wrapped(text, 1), text);
});

test('every row fits if every word does', () => {
  const words = Array.from({length: 200}, (_, at) => 'w'.repeat(1 + ((at * 7) % 11)));
  for (let columns = 15; columns < 60; columns++) {
    const rows = wrapped(words.join(' '), columns).split('\n');
    assert.ok(rows.every((row) => displayWidth(row) < columns));
    assert.deepEqual(
      rows.flatMap((row) => row.trim().split(' ')),
      words,
    );
  }
});

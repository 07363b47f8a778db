import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {visibleJson, visibleLine, visibleText} from '../../src/base/visible.ts';

test('terminal controls, bidirectional marks and unpaired surrogates are shown and not sent', () => {
  const unseen =
    '\u0000 \u0007 \b \u001b \u007f \u0080 \u009b \u009f \u061c \u200e \u200f \u202a \u202b \u202c \u202d \u202e ' +
    '\u2066 \u2067 \u2068 \u2069 \u2028 \u2029 \ud800 \udfff';
  for (const character of unseen.split(' ')) {
    assert.equal(visibleLine(`a${character}b`), 'a�b');
    assert.equal(visibleText(`a${character}b`), 'a�b');
  }
});

test('every other character stays, and so do lines and tabs of a text', () => {
  const text = 'é 😀 👩‍👩‍👧 שלום می‌خواهم \u00a0 \ue0b0 │ ✓ […]';
  assert.equal(visibleLine(text), text);
  assert.equal(visibleText(`a\tb\r\nc\rd\n${text}`), `a\tb\nc�d\n${text}`);
  assert.equal(visibleLine('a\tb\r\nc'), 'a�b��c');
});

test('JSON of any value can be seen, and means the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({unit: 'binary'}), (value, text) => {
      const json = visibleJson({value, text});
      assert.equal(visibleLine(json), json);
      assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify({value, text})));
    }),
  );
  assert.equal(visibleJson({a: '\u202e\u0085'}, 2), '{\n  "a": "\\u202e\\u0085"\n}');
});

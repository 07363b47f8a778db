import assert from 'node:assert/strict';
import {test} from 'node:test';
import {describeCause, describeReason} from '../../../src/report/text/describe.ts';

function changed(was: string | undefined, now: string | undefined): string {
  return describeReason({
    kind: 'param-changed',
    pointer: '/arguments/2',
    ...(was !== undefined && {was}),
    ...(now !== undefined && {now}),
  });
}

test('a change tells both values, or that there is none', () => {
  assert.equal(changed('a', 'b'), 'arguments/2: "a" → "b"');
  assert.equal(changed(undefined, 'b'), 'arguments/2: (none) → "b"');
  assert.equal(changed('a', undefined), 'arguments/2: "a" → (none)');
});

test('long values are cut to the surroundings of the first difference, in whole characters', () => {
  const script = (word: string): string =>
    `${'echo 😀; '.repeat(50)}${word}${' ; echo'.repeat(50)}`;
  const text = changed(script('one'), script('two'));
  assert.match(text, /^arguments\/2: ….{15,20}one.{30,37}… → ….{15,20}two.{30,37}…$/u);
  assert.ok(text.includes('😀') && !/\p{Cs}/u.test(text));
  assert.match(changed('a', script('one')), /^arguments\/2: "a" → "echo 😀.{45,55}…$/u);
});

test('text that a cause quotes from a file moves no cursor, and lines stay lines', () => {
  const message = 'a.tar: no\u001b]0;title\u0007 picture\r\u009b2J:\nlook';
  assert.equal(
    describeCause({kind: 'stage-error', message}),
    'a.tar: no�]0;title� picture��2J:\nlook',
  );
  assert.equal(
    describeCause({kind: 'crash', message: '\u0008', stack: ''}),
    'The stage crashed: �',
  );
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {matchesGlob} from '../../src/base/matches-glob.ts';

test('an asterisk stands for any characters, and nothing else for other than itself', () => {
  const text = fc.string({unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8});
  fc.assert(
    fc.property(text, text, (pattern, given) => {
      const escaped = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
      const expected = new RegExp(`^${escaped.join('[^]*')}$`).test(given);
      assert.equal(matchesGlob(pattern, given), expected);
    }),
  );
});

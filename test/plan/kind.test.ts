import assert from 'node:assert/strict';
import {test} from 'node:test';
import {kindOf} from '../../src/plan/kind.ts';

test('runs of one program with the same outputs are of one kind', () => {
  const kind = (program: string, arg: string, output: string): string =>
    kindOf('run', {arguments: [program, arg], inputs: {}, outputs: {[output]: 'text'}});
  assert.equal(kind('sort', '-n', 'log'), kind('sort', '-r', 'log'));
  assert.notEqual(kind('sort', '-n', 'log'), kind('sed', '-n', 'log'));
  assert.notEqual(kind('sort', '-n', 'log'), kind('sort', '-n', 'table'));
  assert.equal(kindOf('train', {seed: 1}), 'train');
});

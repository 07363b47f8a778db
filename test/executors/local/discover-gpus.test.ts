import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chooseGpus} from '../../../src/executors/local/discover-gpus.ts';
import {parseList} from '../../../src/executors/local/nvidia-smi.ts';

test('a list of tokens ends at the first unknown one; UUIDs may be abbreviated if they stay unique', () => {
  const list = parseList('0, GPU-aa11, A, 1\n1, GPU-aa22, A, 1\n');
  const chosen = (...tokens: readonly string[]): readonly string[] =>
    chooseGpus(tokens, list).gpus.map(({identity}) => identity);
  assert.deepEqual(chosen('1', '0'), ['GPU-aa22', 'GPU-aa11']);
  assert.deepEqual(chosen('GPU-aa1', '1'), ['GPU-aa11', 'GPU-aa22']);
  assert.deepEqual(chosen('GPU-aa', '1'), []);
  assert.deepEqual(chosen('0', '2', '1'), ['GPU-aa11']);
  assert.deepEqual(chosen('0', '-1', '1'), ['GPU-aa11']);
  assert.deepEqual(chosen('0', 'GPU-AA11'), ['GPU-aa11']);
  assert.deepEqual(chooseGpus(['5', 'MIG-1'], {kind: 'absent'}).gpus.length, 2);
  const noted = (...tokens: readonly string[]): unknown => chooseGpus(tokens, list).notes;
  assert.deepEqual(noted('2'), ['The list ends before "2": nvidia-smi lists 0, 1.']);
  assert.deepEqual(noted('GPU-aa'), [
    'The list ends before "GPU-aa": 2 of those that nvidia-smi lists begin with it.',
  ]);
  assert.deepEqual(noted('GPU-b'), [
    'The list ends before "GPU-b": nvidia-smi lists GPU-aa11, GPU-aa22.',
  ]);
});

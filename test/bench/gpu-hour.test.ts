import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {repositoryFile} from '../support/texts/repository.ts';

const script = repositoryFile('bench/gpu-hour.sh');

test('the parts of the hour on a GPU are listed, the preset among them, and nothing is run or written', () => {
  const list = execFileSync(script, ['--list'], {encoding: 'utf8', env: {PATH: '/usr/bin:/bin'}});
  const parts = list.trimEnd().split('\n');
  assert.ok(
    parts.every((part) => /^ *\d+  \S/.test(part)),
    list,
  );
  assert.deepEqual(
    parts.map((part) => part.trim().replace(/^\d+ +/, '')),
    [
      'The machine',
      'Dispatch by dispatch: webgpu',
      'A student step and its way back, A,B: webgpu',
      'A student step and its way back, C: webgpu',
      'An iteration with DSA, and its memory: webgpu',
      'An epoch of an expert: webgpu',
      'Evaluation: webgpu',
      'CIFAR-10, one image a class, end to end: webgpu',
      'Dispatch by dispatch: opencl',
    ],
  );
});

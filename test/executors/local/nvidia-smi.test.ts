import assert from 'node:assert/strict';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {listGpus, parseList} from '../../../src/executors/local/nvidia-smi.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('an nvidia-smi that hangs is ended with the processes that it started', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('bin'));
  await writeFile(folder.file('bin/nvidia-smi'), '#!/bin/sh\nsleep 1000\n');
  await chmod(folder.file('bin/nvidia-smi'), 0o755);
  const environment = {PATH: `${folder.file('bin')}:${process.env['PATH']}`};
  assert.deepEqual(await listGpus(environment, 200), {
    kind: 'failed',
    message: 'gave no answer within 0.2 s',
  });
  assert.deepEqual(await listGpus({PATH: folder.file('none')}), {kind: 'absent'});
});

test('lists of GPUs are read as nvidia-smi writes them, or not at all', () => {
  const list = parseList('0, GPU-8f6c, NVIDIA H100 80GB HBM3, 81559\n1, GPU-01ab, A, B, [N/A]\n');
  assert.deepEqual(list, {
    kind: 'listed',
    gpus: [
      {index: 0, uuid: 'GPU-8f6c', name: 'NVIDIA H100 80GB HBM3', memoryMiB: 81559},
      {index: 1, uuid: 'GPU-01ab', name: 'A, B'},
    ],
  });
  const placed = parseList('0, GPU-8f6c, 00000000:C1:00.0, NVIDIA H100, 81559');
  assert.deepEqual(placed, {
    kind: 'listed',
    gpus: [
      {
        index: 0,
        uuid: 'GPU-8f6c',
        name: 'NVIDIA H100',
        memoryMiB: 81559,
        pciAddress: '0000:c1:00.0',
      },
    ],
  });
  assert.deepEqual(parseList(''), {kind: 'listed', gpus: []});
  assert.equal(parseList('0, GPU-8f6c, A, 1\nNo devices were found').kind, 'failed');
});

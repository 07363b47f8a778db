import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findPciGpus} from '../../../src/executors/local/pci-gpus.ts';
import {writePciFolders} from '../../support/rigs/pci-folders.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const gib = 2 ** 30;

test('cards of AMD and Intel are found by their PCI addresses, in order', async () => {
  await using folder = await TemporaryFolder.create();
  const folders = await writePciFolders(folder.path, [
    {address: '0000:c1:00.0', vendor: '0x1002', memoryBytes: 24 * gib},
    {address: '0000:43:00.0', vendor: '0x1002', memoryBytes: 24 * gib},
    {address: '0000:03:00.0', vendor: '0x8086'},
  ]);
  assert.deepEqual(
    findPciGpus(folders).map(({token, name, memoryMiB, isDedicated}) => ({
      token,
      name,
      memoryMiB,
      isDedicated,
    })),
    [
      {
        token: '0000:03:00.0',
        name: 'Intel GPU 744c',
        memoryMiB: undefined,
        isDedicated: true,
      },
      {token: '0000:43:00.0', name: 'AMD GPU 744c', memoryMiB: 24_576, isDedicated: true},
      {token: '0000:c1:00.0', name: 'AMD GPU 744c', memoryMiB: 24_576, isDedicated: true},
    ],
  );
});

test('graphics within processors are not dedicated', async () => {
  await using folder = await TemporaryFolder.create();
  const folders = await writePciFolders(folder.path, [
    {address: '0000:00:02.0', vendor: '0x8086'},
    {address: '0000:04:00.0', vendor: '0x1002', memoryBytes: gib / 2},
  ]);
  assert.deepEqual(
    findPciGpus(folders).map(({token, isDedicated}) => [token, isDedicated]),
    [
      ['0000:00:02.0', false],
      ['0000:04:00.0', false],
    ],
  );
});

test('NVIDIA’s cards, and cards that cannot be opened, are left out', async () => {
  await using folder = await TemporaryFolder.create();
  const folders = await writePciFolders(folder.path, [
    {address: '0000:17:00.0', vendor: '0x10de'},
    {address: '0000:c1:00.0', vendor: '0x1002', memoryBytes: 24 * gib, isThere: false},
  ]);
  assert.deepEqual(findPciGpus(folders), []);
  assert.deepEqual(findPciGpus({descriptions: folder.file('none'), devices: folder.path}), []);
});

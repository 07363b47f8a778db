import assert from 'node:assert/strict';
import {test} from 'node:test';
import {nearestMemory, parseMemory, showMemory} from '../../src/base/parse-memory.ts';

test('memory is counted in powers of 1024, as Slurm does', () => {
  assert.deepEqual(['512M', '16G', '1.5T', '0.5G'].map(parseMemory), [
    512 * 2 ** 20,
    16 * 2 ** 30,
    1.5 * 2 ** 40,
    2 ** 29,
  ]);
  const wrong = ['', '16', 16, '16GB', '16 G', '0G', '-1G', '1e3G', '16g', '9999999999T', null];
  for (const text of wrong) assert.equal(parseMemory(text), undefined, JSON.stringify(text));
});

test('the amount that was meant is suggested', () => {
  assert.deepEqual(['16 GB', '16gib', 16, '512 mb', '1t'].map(nearestMemory), [
    '16G',
    '16G',
    '16G',
    '512M',
    '1T',
  ]);
  for (const text of ['much', '', null, '0', '16 kB']) assert.equal(nearestMemory(text), undefined);
});

test('an amount is shown as it is written', () => {
  const amounts = ['512M', '16G', '1.5T', '1.5G', '1000M'];
  assert.deepEqual(
    amounts.map((text) => showMemory(parseMemory(text)!)),
    amounts,
  );
});

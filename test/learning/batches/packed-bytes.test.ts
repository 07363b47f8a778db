import assert from 'node:assert/strict';
import {test} from 'node:test';
import {packBytes} from '../../../src/learning/batches/packed-bytes.ts';
import {compileForGpu} from '../../../src/tensor/compile/gpu/compile.ts';
import {guaranteedLimits} from '../../../src/tensor/kernels/kernel.ts';
import {runGpuProgram} from '../../support/engines/gpu/run-gpu-program.ts';
import {
  bitsOf,
  packedInputs,
  packedOn,
  packedProgram,
  pickedBits,
} from '../../support/engines/packed-images.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

test('a number has a byte of each third of the images', () => {
  const packed = (...bytes: readonly number[]): readonly number[] => [
    ...packBytes(Uint8Array.from(bytes), 2),
  ];
  assert.deepEqual(packed(1, 2, 3, 4, 5, 6), [1 + 256 * (3 + 256 * 5), 2 + 256 * (4 + 256 * 6)]);
  assert.deepEqual(packed(1, 2), [1, 2]);
  assert.deepEqual(packed(1, 2, 3, 4, 5, 6, 255, 255), [
    1 + 256 * 5,
    2 + 256 * 6,
    3 + 256 * 255,
    4 + 256 * 255,
  ]);
  assert.deepEqual(packed(255, 255, 255, 255, 255, 255), [2 ** 24 - 1, 2 ** 24 - 1]);
});

test('programs see the floats that packed bytes stand for, bit for bit', async () => {
  assert.deepEqual(await packedOn(await startTestEngine()), pickedBits);
});

test('so do the kernels for GPUs', () => {
  const compiled = compileForGpu(packedProgram(), {limits: guaranteedLimits, tile: 4});
  const {images} = runGpuProgram(compiled, packedInputs, {images: pickedBits.length});
  assert.deepEqual(bitsOf(images), pickedBits);
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {compileForGpu} from '../../../../src/tensor/compile/gpu/compile.ts';
import {guaranteedLimits, type Limits} from '../../../../src/tensor/kernels/kernel.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {studentPrograms, trainingProgram} from '../../../support/engines/learning-programs.ts';

/** What an H100 allows. */
const largeLimits: Limits = {
  threads: 1024,
  sharedBytes: 49_152,
  bindings: 16,
  bindingBytes: 2 ** 32 - 4,
};

/** Dispatches, the most bindings of one, megabytes that kernels read and write, and megabytes of the arenas. */
type Counts = readonly [dispatches: number, bindings: number, traffic: number, arenas: number];

function countsOf(program: Program, limits: Limits): Counts {
  const {dispatches, arenas} = compileForGpu(program, {limits, tile: 4});
  for (const {size} of arenas) assert.ok(4 * size <= limits.bindingBytes);
  for (const {shared, threads} of dispatches) {
    assert.ok(16 * shared <= limits.sharedBytes);
    assert.ok(threads <= limits.threads);
  }
  const megabytes = (bytes: readonly number[]): number =>
    Math.ceil(bytes.reduce((sum, one) => sum + one, 0) / 1e6);
  return [
    dispatches.length,
    Math.max(...dispatches.map(({bindings}) => bindings.length)),
    megabytes(dispatches.map(({cost}) => cost.bytes)),
    megabytes(arenas.map(({size}) => 4 * size)),
  ];
}

// These counts grow if a fusion is lost. A, B and C are configurations of `bench/configurations.ts`.
const cifar = {size: 32, channels: 3};
const students = {
  A: ['ConvNetD3W128', {...cifar, batch: 10}],
  B: ['ConvNetD3W32', {size: 28, channels: 1, batch: 10}],
  C: ['ConvNetD3W128', {...cifar, batch: 100}],
  VGG11: ['VGG11', {...cifar, batch: 10}],
  ResNet18: ['ResNet18', {...cifar, batch: 10}],
  BatchNorm: ['ConvNetBN', {...cifar, batch: 10}],
  LayerNorm: ['ConvNetLN', {...cifar, batch: 10}],
  GroupNorm: ['ConvNetGN', {...cifar, batch: 10}],
  ManyBatchNorm: ['ConvNetBN', {...cifar, batch: 100}],
  ManyLayerNorm: ['ConvNetLN', {...cifar, batch: 100}],
  ManyGroupNorm: ['ConvNetGN', {...cifar, batch: 100}],
  ConvNetD5: ['ConvNetD5', {size: 128, channels: 3, batch: 10}],
} as const;

/** Of a step, and of the way back. */
const expected: Readonly<Record<keyof typeof students, readonly [Counts, Counts]>> = {
  A: [
    [12, 6, 105, 18],
    [12, 7, 191, 35],
  ],
  B: [
    [12, 6, 15, 4],
    [12, 7, 30, 7],
  ],
  C: [
    [13, 6, 475, 115],
    [13, 7, 1061, 261],
  ],
  VGG11: [
    [35, 6, 3611, 199],
    [36, 7, 4853, 361],
  ],
  ResNet18: [
    [69, 6, 6868, 263],
    [71, 6, 10_054, 486],
  ],
  BatchNorm: [
    [24, 6, 133, 18],
    [24, 7, 251, 36],
  ],
  LayerNorm: [
    [24, 6, 202, 27],
    [24, 7, 354, 51],
  ],
  GroupNorm: [
    [24, 6, 133, 18],
    [24, 6, 249, 36],
  ],
  ManyBatchNorm: [
    [25, 6, 675, 123],
    [25, 7, 1481, 280],
  ],
  ManyLayerNorm: [
    [25, 6, 994, 202],
    [25, 6, 1957, 425],
  ],
  ManyGroupNorm: [
    [25, 6, 676, 153],
    [25, 6, 1473, 322],
  ],
  ConvNetD5: [
    [24, 6, 1013, 239],
    [25, 7, 2398, 362],
  ],
};

for (const [name, [network, sizes]] of Object.entries(students)) {
  test(`a student step of ${name} and its way back take no more dispatches than they should`, () => {
    const counts = studentPrograms(network, sizes).map((program) => countsOf(program, largeLimits));
    assert.deepEqual(counts, expected[name as keyof typeof students]);
  });
}

test('a step of training takes no more dispatches than it should, whatever the batch', () => {
  const counts = [256, 10].map((batch) =>
    countsOf(trainingProgram('ConvNetD3', {...cifar, batch}), largeLimits),
  );
  assert.deepEqual(counts, [
    [15, 9, 1150, 291],
    [14, 9, 145, 21],
  ]);
});

test('packed images cost a step of training few dispatches', () => {
  const step = trainingProgram('ConvNetD3', {...cifar, batch: 256}, 'packed');
  assert.deepEqual(countsOf(step, largeLimits), [18, 8, 1155, 297]);
});

test('the limits that every device guarantees cost A no dispatch, and large batches few', () => {
  const counts = (name: 'A' | 'C') =>
    studentPrograms(students[name][0], students[name][1]).map(
      (program) => countsOf(program, guaranteedLimits)[0],
    );
  assert.deepEqual(counts('A'), [12, 13]);
  assert.deepEqual(counts('C'), [13, 16]);
});

// What a batch of these sizes computes does not fit into bindings of 128 MiB, which is all that every device guarantees.
const divided: Readonly<Record<string, Parameters<typeof studentPrograms>>> = {
  ResNet18: ['ResNet18', {...cifar, batch: 100}],
  BatchNorm: ['ConvNetBN', {...cifar, batch: 300}],
  'ConvNetD5 at 10': ['ConvNetD5', {size: 128, channels: 3, batch: 10}],
  'ConvNetD5 at 50': ['ConvNetD5', {size: 128, channels: 3, batch: 50}],
};

const expectedDivided: Readonly<Record<string, readonly [Counts, Counts]>> = {
  ResNet18: [
    [86, 8, 11_799, 935],
    [385, 8, 41_623, 854],
  ],
  BatchNorm: [
    [84, 6, 2408, 420],
    [145, 8, 6412, 1192],
  ],
  'ConvNetD5 at 10': [
    [43, 7, 3324, 609],
    [89, 7, 7034, 583],
  ],
  'ConvNetD5 at 50': [
    [174, 7, 16_301, 739],
    [347, 8, 34_818, 853],
  ],
};

for (const [name, given] of Object.entries(divided)) {
  test(`a student step of ${name} and its way back keep to the limits that every device guarantees`, () => {
    const counts = studentPrograms(...given).map((program) => countsOf(program, guaranteedLimits));
    for (const [, bindings] of counts) assert.ok(bindings <= guaranteedLimits.bindings);
    assert.deepEqual(counts, expectedDivided[name]);
  });
}

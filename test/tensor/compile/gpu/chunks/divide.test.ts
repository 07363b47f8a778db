import assert from 'node:assert/strict';
import {test} from 'node:test';
import {prepare} from '../../../../../src/tensor/compile/prepare.ts';
import {
  divideByImages,
  mostChunks,
  type Divided,
} from '../../../../../src/tensor/compile/gpu/chunks/divide.ts';
import type {Program} from '../../../../../src/tensor/program.ts';
import {sizeOf} from '../../../../../src/tensor/shape.ts';
import {studentPrograms, trainingProgram} from '../../../../support/engines/learning-programs.ts';
import {smallNetworks} from '../../../../support/engines/small-networks.ts';
import {checkOnRandomPrograms, checkPass} from '../../../../support/laws/pass-contract.ts';
import {waves} from '../../../../support/texts/waves.ts';

const sizes = {size: 8, channels: 1, batch: 5};
const networks = Object.values(smallNetworks);

function divided(given: Program, count: number, mostJoined = 1000): Divided {
  const prepared = prepare(given, {readsTransposed: true, ofPlanes: true});
  return divideByImages(prepared, {count, mostJoined});
}

test('values stay the same, whatever the network, the number of chunks and what is put together', () => {
  for (const network of networks) {
    for (const given of studentPrograms(network, sizes)) {
      for (const [count, mostJoined] of [
        [2, 1000],
        [5, 0],
      ] as const) {
        const pass = (one: Program): Program => divided(one, count, mostJoined).program;
        checkPass(pass, given, waves(given.inputs));
      }
    }
  }
  const training = trainingProgram('ConvNetD1W8', sizes);
  const data = waves(training.inputs);
  const row = data['row']!.map((_, i) => (7 * i) % 1000);
  checkPass((one) => divided(one, 3).program, training, {...data, row});
});

test('random programs keep their values', () => {
  for (const mostJoined of [0, 30]) {
    checkOnRandomPrograms((one) => divided(one, 3, mostJoined).program);
  }
});

test('no value with the pixels of all images is left behind the first convolution', () => {
  for (const network of networks) {
    for (const given of studentPrograms(network, sizes)) {
      const {program, chunks} = divided(given, 5);
      const wide = program.steps.filter(
        ({value: {shape}}) =>
          shape[0] === 5 && shape.length === 4 && shape[3]! >= 8 && shape[1]! > 1,
      );
      assert.deepEqual(wide, []);
      const found = new Set(program.steps.map(({value}) => chunks.get(value)));
      assert.deepEqual(found, new Set([undefined, 0, 1, 2, 3, 4]));
    }
  }
});

test('chunks need the results of other chunks for statistics of batches and for sums only', () => {
  for (const network of networks) {
    for (const given of studentPrograms(network, sizes)) {
      const {program, chunks} = divided(given, 5);
      for (const {value, operands} of program.steps) {
        const own = chunks.get(value);
        for (const operand of operands.map((index) => program.steps[index]!.value)) {
          const other = chunks.get(operand);
          if (other === undefined || other === own) continue;
          // A sum goes on where the chunk before ended; whoever needs all chunks belongs to none.
          assert.ok(own === undefined ? true : value.op.kind === 'add' && other === own - 1);
        }
      }
    }
  }
});

test('chunks differ by at most one image, and there are no more than images', () => {
  const [step] = studentPrograms('ConvNetD1W8', sizes);
  const counts = (count: number): readonly number[] => {
    const {program, chunks} = divided(step, count);
    const convolutions = program.steps.filter(({value}) => value.op.kind === 'conv2d');
    const ordered = convolutions.toSorted((a, b) => chunks.get(a.value)! - chunks.get(b.value)!);
    return ordered.map(({value}) => value.shape[0]!);
  };
  assert.deepEqual(counts(2), [3, 2]);
  assert.deepEqual(counts(4), [2, 1, 1, 1]);
  assert.deepEqual(counts(9), [1, 1, 1, 1, 1]);
  assert.equal(mostChunks(step), 5);
});

test('nothing is divided without convolutions, nor the images that are too few', () => {
  const [one] = studentPrograms('ConvNetD1W8', {...sizes, batch: 1});
  const {program, chunks} = divided(one, 4);
  assert.equal(chunks.size, 0);
  const prepared = prepare(one, {readsTransposed: true, ofPlanes: true});
  assert.deepEqual(
    program.steps.map(({value}) => [value.op, sizeOf(value.shape)]),
    prepared.steps.map(({value}) => [value.op, sizeOf(value.shape)]),
  );
  assert.equal(mostChunks(one), 1);
  const [plain] = studentPrograms('MLP', sizes);
  assert.equal(divided(plain, 4).chunks.size, 0);
  assert.equal(mostChunks(plain), 1);
});

/** Products on a device: what the compiler of its driver makes of their loops and barriers. */
import assert from 'node:assert/strict';
import {after, before, describe, test, type TestContext} from 'node:test';
import type {Convolution} from '../../../../src/tensor/compile/gpu/node.ts';
import {Code} from '../../../../src/tensor/kernels/code.ts';
import {group} from '../../../../src/tensor/kernels/expressions.ts';
import type {Binding, Dispatch} from '../../../../src/tensor/kernels/kernel.ts';
import {printWgsl} from '../../../../src/tensor/print/wgsl.ts';
import {startWgslLauncher} from '../../../support/engines/kernels/launch-wgsl.ts';
import type {Launcher} from '../../../support/engines/kernels/launcher.ts';
import {operand} from '../../compile/gpu/kernels/places.ts';
import {
  errorOf,
  makeProduct,
  matrix,
  turnedMatrix,
  type Given,
  type MadeProduct,
  type ProductCase,
} from '../../compile/gpu/kernels/product-case.ts';

let launcher: Launcher | undefined;

describe('products on a device', () => {
  before(async () => {
    launcher = await startWgslLauncher();
  });
  after(() => launcher?.close());

  const convolution: Convolution = {
    window: {stride: 1, pad: 1},
    side: 3,
    images: [5, 8, 8, 8],
    result: [5, 8, 8, 32],
  };
  const patches: Given = {
    factor: {kind: 'patches', isTransposed: true, ...convolution},
    operand: operand(convolution.images, 1),
  };
  const small: Convolution = {
    window: {stride: 2, pad: 1},
    side: 3,
    images: [2, 5, 5, 4],
    result: [2, 3, 3, 4],
  };
  const cotangents: Given = {
    factor: {kind: 'cotangentPatches', ...small},
    operand: operand(small.result, 2),
  };
  // Drivers that are software compile a tile for seconds, so that there are few.
  const cases: Readonly<Record<string, ProductCase>> = {
    'a convolution in its images, a thread a number': {
      m: 50,
      n: 4,
      pairs: [{k: 36, left: cotangents, right: matrix([36, 4], 3)}],
      isVector: true,
      shape: small.images,
    },
    'matrices in square tiles': {
      batch: 3,
      m: 128,
      n: 128,
      pairs: [{k: 72, left: matrix([3, 128, 72], 1), right: turnedMatrix([3, 72, 128], 2)}],
      isVector: true,
    },
    'a convolution in its filter, in parts': {
      m: 72,
      n: 32,
      pairs: [{k: 320, left: patches, right: matrix([320, 32], 3)}],
      isVector: true,
    },
    'two pairs with ten columns, in numbers': {
      m: 130,
      n: 10,
      pairs: [
        {k: 150, left: matrix([130, 150], 1), right: matrix([150, 10], 2)},
        {k: 121, left: turnedMatrix([130, 121], 3), right: matrix([121, 10], 4)},
      ],
    },
  };
  for (const [name, product] of Object.entries(cases)) {
    test(name, async (context) => {
      if (launcher === undefined) return skip(context);
      const made = makeProduct(product);
      const written = await launch(launcher, made, product.isVector === true);
      const error = errorOf(product, written);
      assert.ok(error < 1e-3, `${made.kernel.label} is off by ${error}`);
    });
  }
});

async function launch(
  device: Launcher,
  {kernel, setup, target, count}: MadeProduct,
  isVector: boolean,
): Promise<Float32Array> {
  const threads = kernel.threads ?? 64;
  const code = new Code();
  kernel.write(code, {group, threads});
  const arrays = Array.from(
    {length: target + 1},
    (_, id) => setup.memories.get(id) ?? new Float32Array(id === target ? count : 4),
  );
  const bindings = arrays.map((_, id): Binding => ({
    source: {kind: 'input', name: `${id}`},
    type: isVector ? 'vec4f' : 'f32',
    isWritten: id === target,
  }));
  const {groups, shared} = kernel.size(threads);
  const dispatch: Dispatch = {
    labels: [kernel.label],
    threads,
    groups,
    shared,
    bindings,
    body: code.statements,
  };
  const results = await device.launch(dispatch, printWgsl(dispatch), arrays);
  return results[target]!;
}

function skip(context: TestContext): void {
  if (process.env['CI'] !== undefined) assert.fail('There is no device for WebGPU');
  context.skip('no device for WebGPU');
}

/**
 * A faster `slice` for the WebAssembly backend. Its own one first copies the whole operand out of WebAssembly memory, so
 * that a small slice of a large tensor costs as much as the tensor.
 */
import type {BackendWasm} from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import {sizeOf, type Shape} from '../../shape.ts';

/** Replaces the backend's kernel. */
export function registerWasmSlice(): void {
  tf.unregisterKernel('Slice', 'wasm');
  tf.registerKernel({
    kernelName: 'Slice',
    backendName: 'wasm',
    kernelFunc({inputs, attrs, backend}) {
      const x = inputs['x'] as tf.TensorInfo;
      const {begin, size} = attrs as unknown as {begin: number[]; size: number[]};
      return slice(backend as BackendWasm, x, tf.slice_util.parseSliceParams(x, begin, size));
    },
  });
}

function slice(
  backend: BackendWasm,
  x: tf.TensorInfo,
  [begin, size]: readonly (readonly number[])[],
): tf.TensorInfo {
  const result = backend.makeOutput([...size!], x.dtype);
  // Only now: making the result may grow the memory, which detaches older views of it.
  const source = backend.typedArrayFromHeap(x);
  const target = backend.typedArrayFromHeap(result);
  const {length, starts} = pieces(x.shape, begin!, size!);
  starts.forEach((start, i) => target.set(source.subarray(start, start + length), i * length));
  return result;
}

/** The stretches of neighbouring numbers that a slice consists of. */
function pieces(
  shape: Shape,
  begin: readonly number[],
  size: Shape,
): {readonly length: number; readonly starts: readonly number[]} {
  // Axes after this one are taken whole, so a stretch runs along them and this one.
  const cut = Math.max(
    shape.findLastIndex((extent, axis) => size[axis] !== extent),
    0,
  );
  let starts = [0];
  for (let axis = 0; axis < shape.length; axis++) {
    const count = axis < cut ? size[axis]! : 1;
    const extent = shape[axis]!;
    starts = starts.flatMap((start) =>
      Array.from({length: count}, (_, i) => start * extent + begin[axis]! + i),
    );
  }
  return {length: sizeOf(size.slice(cut)), starts};
}

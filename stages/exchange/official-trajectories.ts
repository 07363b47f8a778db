import {CorruptFile} from '../../src/formats/file-fault.ts';
import {TensorToSave} from '../../src/formats/pytorch/pickler.ts';
import type {SafetensorsFile} from '../../src/formats/safetensors/safetensors-file.ts';
import {elementCount, type Tensor} from '../../src/formats/tensor.ts';

/** The names of the tensors of trajectories. */
export const isTrajectory = /^theta(\.\d+)?$/;

type Parameters = readonly TensorToSave<() => Promise<Tensor['data']>>[];

/**
 * The trajectories of a file in the official program's form: lists of snapshots, which are lists of parameter tensors.
 * Parameters are read one at a time, when they are written.
 * @throws CorruptFile if the file lacks the layout of its flat vectors
 */
export function savedTrajectories(
  tensors: SafetensorsFile,
  file: string,
): readonly (readonly Parameters[])[] {
  const shapes = shapesOf(tensors.metadata['layout'], file);
  const parameterCount = shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
  return tensors.names.map((name) => {
    const [snapshots = 0, count] = tensors.shape(name);
    if (count !== parameterCount) {
      const sentence = `${name} has ${count} parameters, but its layout ${parameterCount}`;
      throw new CorruptFile(file, sentence);
    }
    return Array.from({length: snapshots}, (_, epoch) => {
      let offset = epoch * parameterCount;
      return shapes.map((shape) => {
        const begin = offset;
        const length = elementCount(shape);
        offset += length;
        return new TensorToSave({
          dtype: 'F32' as const,
          shape,
          source: () => tensors.read(name, {offset: begin, count: length}),
        });
      });
    });
  });
}

/** The shapes of a network's parameters, in order. */
function shapesOf(layout: string | undefined, file: string): readonly (readonly number[])[] {
  const shapes = parse(layout ?? '');
  if (shapes !== undefined) return shapes;
  throw new CorruptFile(file, 'its metadata does not say what layout its parameters have');
}

function parse(layout: string): readonly (readonly number[])[] | undefined {
  try {
    const parameters = JSON.parse(layout) as readonly {readonly shape?: unknown}[];
    const shapes = parameters.map(({shape}) => shape);
    return shapes.every(isShape) ? shapes : undefined;
  } catch {
    return undefined;
  }
}

function isShape(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent > 0)
  );
}

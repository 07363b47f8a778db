import {CorruptFile} from '../../src/formats/file-fault.ts';
import {TensorToSave} from '../../src/formats/pytorch/pickler.ts';
import type {SafetensorsFile} from '../../src/formats/safetensors/safetensors-file.ts';
import {parseExpertKind, parseLine} from '../../src/learning/codecs/expert-metadata.ts';
import {MetadataFields} from '../../src/learning/codecs/metadata-fields.ts';
import {StoredTrajectory} from '../../src/learning/codecs/stored-trajectory.ts';
import {elementCount, type Tensor} from '../../src/formats/tensor.ts';

/** The names of the tensors of trajectories, and of the shares of lines. */
export const isTrajectory = /^(theta|walked)(\.\d+)?$/;

type Parameters = readonly TensorToSave<() => Promise<Tensor['data']>>[];

/**
 * The trajectories of a file in the official program's form: lists of snapshots, which are lists of parameter tensors.
 * Parameters are read one at a time, when they are written; those of lines are interpolated, epoch by epoch.
 * @throws CorruptFile if the file lacks the layout of its flat vectors
 */
export function savedTrajectories(
  tensors: SafetensorsFile,
  file: string,
): readonly (readonly Parameters[])[] {
  const shapes = shapesOf(tensors.metadata['layout'], file);
  const parameterCount = shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
  if (tensors.metadata['line'] !== undefined) return interpolated(tensors, {file, shapes});
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

/** The snapshots that lines stand for. Each is interpolated once, for all of its parameters in order. */
function interpolated(
  tensors: SafetensorsFile,
  {file, shapes}: {readonly file: string; readonly shapes: readonly (readonly number[])[]},
): readonly (readonly Parameters[])[] {
  const fields = new MetadataFields(tensors.metadata, file);
  const [kind, line] = [parseExpertKind(fields), parseLine(fields)];
  const names = tensors.names.filter((name) => name.startsWith('theta'));
  return names.map((tensor) => {
    const path = new StoredTrajectory(file, {file: tensors, tensor, kind, line});
    return Array.from({length: path.snapshots}, (_, epoch) => {
      const theta = once(() => path.at(epoch));
      let offset = 0;
      return shapes.map((shape) => {
        const begin = offset;
        offset += elementCount(shape);
        const [end, isLast] = [offset, shape === shapes.at(-1)];
        const source = async (): Promise<Float32Array> => (await theta(isLast)).slice(begin, end);
        return new TensorToSave({dtype: 'F32' as const, shape, source});
      });
    });
  });
}

/** Makes something when it is first asked for, and forgets it when it is taken for the last time. */
function once<T>(make: () => Promise<T>): (isLast: boolean) => Promise<T> {
  let made: Promise<T> | undefined;
  return (isLast) => {
    const value = (made ??= make());
    if (isLast) made = undefined;
    return value;
  };
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

import {CorruptFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import {float32Tensor, type Tensor} from '../../formats/tensor.ts';
import {strayRow, type Targets} from '../data/targets.ts';

/** The tensors of the two kinds of soft labels. */
const nameOf = {rows: 'label_rows', logits: 'label_logits'} as const;

/** Tensors that describe soft labels [count, classes]. */
export function targetTensors(
  {kind, values}: Targets,
  extents: readonly [count: number, classes: number],
): readonly (readonly [string, Tensor])[] {
  return [[nameOf[kind], float32Tensor(values, extents)]];
}

/**
 * The soft labels of a file; `undefined` if it has none.
 * @param counts the numbers of rows that are right
 * @throws CorruptFile if it has both kinds, another number of them, or rows that are no probabilities
 */
export function parseTargets(
  tensors: ReadonlyMap<string, Tensor>,
  path: string,
  {counts, classes}: {readonly counts: readonly number[]; readonly classes: number},
): Targets | undefined {
  const kinds = (['rows', 'logits'] as const).filter((kind) => tensors.has(nameOf[kind]));
  const [kind] = kinds;
  if (kind === undefined) return undefined;
  if (kinds.length > 1) {
    throw new CorruptFile(path, `it has both ${nameOf.rows} and ${nameOf.logits}`);
  }
  const name = nameOf[kind];
  const {dtype, shape, data} = tensors.get(name)!;
  const [count, length] = shape;
  const suits = shape.length === 2 && counts.includes(count!) && length === classes;
  if (dtype !== 'F32' || !suits) {
    throw new CorruptFile(path, `${name} must be F32 of [${counts.join(' or ')}, ${classes}]`);
  }
  assertFinite(data, path, `the tensor \`${name}\``);
  if (kind === 'rows') assertProbabilities(data, classes, path);
  return {kind, values: data};
}

function assertProbabilities(rows: Float32Array, classes: number, path: string): void {
  const stray = strayRow(rows, classes);
  if (stray === undefined) return;
  const which = `row ${stray} of ${nameOf.rows}`;
  throw new CorruptFile(path, `${which} must be numbers from 0 that add up to 1`);
}

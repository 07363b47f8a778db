import type {CheckpointState} from '../../src/contract/stage.ts';
import {decodeSafetensors, encodeSafetensors} from '../../src/formats/safetensors/safetensors.ts';
import type {Tensor} from '../../src/formats/tensor.ts';
import type {Attempt} from '../../src/learning/distillation/probing/choices.ts';
import {rateTry, type RateTry} from '../../src/learning/distillation/probing/rate-search.ts';

/** The measurements so far, in this order: part of every checkpoint. */
export interface Findings {
  /** Segment after segment. */
  readonly attempts: Attempt[];
  /** ‖∂L/∂X‖ at the start; absent: not yet measured. */
  gradientNorm?: number;
  readonly tries: RateTry[];
}

/** The columns of the table of attempts, in order. */
export const attemptColumns = [
  'trajectory',
  'startEpoch',
  'stepSize',
  'loss',
  'reach',
  'drift',
] as const satisfies readonly (keyof Attempt)[];

export function saveFindings({attempts, gradientNorm, tries}: Findings): CheckpointState {
  const tensors = new Map<string, Tensor>([
    ['attempts', matrix(attempts.map((attempt) => attemptColumns.map((name) => attempt[name])))],
    ['tries', matrix(tries.map(({pixelRate, losses}) => [pixelRate, ...losses]))],
  ]);
  if (gradientNorm !== undefined) {
    const data = Float64Array.of(gradientNorm);
    tensors.set('gradientNorm', {dtype: 'F64', shape: [], data});
  }
  return new Map([['findings', encodeSafetensors(tensors)]]);
}

/** The inverse of `saveFindings`; without a checkpoint, nothing has been measured. */
export function restoreFindings(saved: CheckpointState | undefined): Findings {
  if (saved === undefined) return {attempts: [], tries: []};
  const {tensors} = decodeSafetensors(saved.get('findings')!, 'checkpoint');
  const gradientNorm = tensors.get('gradientNorm')?.data[0] as number | undefined;
  return {
    attempts: rows(tensors.get('attempts')!).map(
      (row) =>
        Object.fromEntries(attemptColumns.map((name, i) => [name, row[i]!])) as unknown as Attempt,
    ),
    tries: rows(tensors.get('tries')!).map(([pixelRate, ...losses]) => rateTry(pixelRate!, losses)),
    ...(gradientNorm !== undefined && {gradientNorm}),
  };
}

/** Rows of equal length. */
function matrix(rows: readonly (readonly number[])[]): Tensor {
  const data = Float64Array.from(rows.flat());
  return {dtype: 'F64', shape: [rows.length, rows[0]?.length ?? 0], data};
}

/** The inverse of `matrix`. */
function rows({shape, data}: Tensor): readonly (readonly number[])[] {
  const [count, length] = shape as readonly [number, number];
  const numbers = Array.from(data as Float64Array);
  return Array.from({length: count}, (_, row) => numbers.slice(row * length, (row + 1) * length));
}

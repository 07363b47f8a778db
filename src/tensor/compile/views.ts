/**
 * Views: a reshaped, transposed, cut or repeated tensor is another tensor, read with other strides.
 *
 * Takes a value; gives the tensor that has to be in memory, and the strides into it. Reading through a view gives the
 * numbers of the value. Each engine decides which views it reads through and which it writes out first. It must write
 * out all views that are not in place, unless its kernels take strides.
 */
import type {OpOf} from '../op.ts';
import type {Value} from '../value.ts';
import {sizeOf, stridesOf, type Shape} from '../shape.ts';

/** A value that can be a view: one of a program, or one that a compiler made of it. */
export interface Viewed<Self> {
  readonly op: {readonly kind: string};
  readonly operands: readonly Self[];
  readonly shape: Shape;
}

/** A program, or what a compiler made of one. */
export interface Steps<V> {
  readonly steps: readonly {readonly value: V; readonly operands: readonly number[]}[];
  readonly outputs: ReadonlyMap<string, number>;
}

/** The number at an index of the value is at offset + Σ index · stride of the base, which is row-major. */
export interface View<V = Value> {
  /** The tensor that is no view itself, or the value itself if strides cannot express it. */
  readonly base: V;
  readonly offset: number;
  /** Strides by axis of the value, in numbers; 0 along an axis where it is repeated. */
  readonly strides: readonly number[];
}

/** The view that a value is, through as many operations as strides can express. */
export function viewOf<V extends Viewed<V>>(value: V): View<V> {
  const [operand] = value.operands;
  const view = operand && viewThrough(value, viewOf(operand));
  return view ?? wholeView(value);
}

/** A value as a view of itself. */
function wholeView<V extends Viewed<V>>(value: V): View<V> {
  return {base: value, offset: 0, strides: stridesOf(value.shape)};
}

/** Whether the numbers of a view of this shape are row-major and contiguous. */
export function isContiguous({strides}: Strided, shape: Shape): boolean {
  const plain = stridesOf(shape);
  return sizeOf(shape) === 0 || shape.every((n, i) => n === 1 || strides[i] === plain[i]);
}

/**
 * The order of a view's numbers, whatever its shape: extents and strides of the axes that cannot be joined, outermost
 * first. Views of one base and offset with equal orders have the same numbers in the same sequence.
 */
export function orderOf({strides}: Strided, shape: Shape): readonly Run[] {
  const runs: Run[] = [];
  shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const stride = strides[axis]!;
    const before = runs.at(-1);
    if (before?.stride === stride * extent) runs.pop();
    const isJoined = before?.stride === stride * extent;
    runs.push({extent: isJoined ? before.extent * extent : extent, stride});
  });
  return runs;
}

type Strided = Pick<View, 'strides'>;

interface Run {
  readonly extent: number;
  readonly stride: number;
}

/**
 * The view of an operand after an operation; `undefined` if the operation makes no view, or none that strides can
 * express.
 */
function viewThrough<V extends Viewed<V>>(
  {op, operands, shape: to}: V,
  view: View<V>,
): View<V> | undefined {
  if (!isViewOp(op)) return undefined;
  const {strides} = view;
  const from = operands[0]!.shape;
  if (op.kind === 'reshape') {
    const split = splitRuns(orderOf(view, from), to);
    return split && {...view, strides: split};
  }
  if (op.kind === 'transpose') {
    return {...view, strides: op.order.map((axis) => strides[axis]!)};
  }
  if (op.kind === 'slice') {
    const before = op.begin.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
    return {...view, offset: view.offset + before};
  }
  const missing = to.length - from.length;
  const repeated = to.map((extent, axis) =>
    axis < missing || from[axis - missing] !== extent ? 0 : strides[axis - missing]!,
  );
  return {...view, strides: repeated};
}

type ViewOp = OpOf<'reshape' | 'transpose' | 'slice' | 'broadcast'>;

function isViewOp(op: {readonly kind: string}): op is ViewOp {
  return ['reshape', 'transpose', 'slice', 'broadcast'].includes(op.kind);
}

/** The strides of a shape whose numbers form these runs; `undefined` if an axis crosses the end of a run. */
function splitRuns(runs: readonly Run[], shape: Shape): readonly number[] | undefined {
  if (sizeOf(shape) === 0) return stridesOf(shape);
  const left = [...runs];
  let run: Run = {extent: 1, stride: 1};
  const strides: number[] = [];
  for (const extent of shape.toReversed()) {
    if (extent > 1 && run.extent === 1) run = left.pop()!;
    if (run.extent % extent !== 0) return undefined;
    strides.unshift(run.stride);
    run = {extent: run.extent / extent, stride: run.stride * extent};
  }
  return strides;
}

/**
 * The contiguous place of a value: in the base of its view, or in its operand after that is written out; `undefined` if
 * there is none.
 */
export function placeIn<V extends Viewed<V>>(value: V): View<V> | undefined {
  const [operand] = value.operands;
  const near = operand && viewThrough(value, wholeView(operand));
  return [viewOf(value), near].find(
    (view) => view !== undefined && view.base !== value && isContiguous(view, value.shape),
  );
}

/** Separates the steps of a program: views in place need no kernel; kernels must compute the others. */
export class Views<V extends Viewed<V> = Value> {
  readonly #bases = new Map<number, {readonly base: number; readonly offset: number}>();
  readonly #needed = new Set<number>();

  constructor({steps, outputs}: Steps<V>) {
    const indices = new Map(steps.map(({value}, index) => [value, index]));
    steps.forEach(({value, operands: [operand]}, index) => {
      const place = operand === undefined ? undefined : placeIn(value);
      if (place === undefined) return;
      const base = indices.get(place.base)!;
      // The outer value is in place itself, unless it is written out.
      const outer = this.#bases.get(base);
      this.#bases.set(index, {
        base: outer?.base ?? base,
        offset: place.offset + (outer?.offset ?? 0),
      });
    });
    for (const output of outputs.values()) this.#needed.add(output);
    for (let index = steps.length - 1; index >= 0; index--) {
      if (!this.#needed.has(index)) continue;
      const place = this.#bases.get(index);
      const read = place === undefined ? steps[index]!.operands : [place.base];
      for (const operand of read) this.#needed.add(operand);
    }
  }

  /** Whether the value is contiguous within another one, and so needs no kernel of its own. */
  isInPlace(index: number): boolean {
    return this.#bases.has(index);
  }

  /** For a value in place: the step that contains it, and its offset there, in numbers. */
  placeOf(index: number): {readonly base: number; readonly offset: number} | undefined {
    return this.#bases.get(index);
  }

  /** Whether the value is an output, or is read by a needed one: a view in place reads its base and nothing between. */
  isNeeded(index: number): boolean {
    return this.#needed.has(index);
  }
}

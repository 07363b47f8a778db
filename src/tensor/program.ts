import type {Value} from './value.ts';
import {traitsOf} from './op-traits.ts';
import {broadcastShapes, sameShape, type Shape} from './shape.ts';

/** A step of a program: an operation and the steps that make its operands. */
export interface Step {
  readonly value: Value;
  /** Indices of earlier steps. */
  readonly operands: readonly number[];
  /** Steps whose results are last used by this step. They never include outputs and inputs. */
  readonly lastUses: readonly number[];
}

/**
 * A static-shape program in single-assignment form, which engines compile. Its type names its outputs and inputs.
 * `program` is given the outputs; a builder declares the inputs, and an engine checks them at each run.
 */
export interface Program<Outputs extends string = string, Inputs extends string = string> {
  /** Operands come before the steps that use them. Every step is needed by some output. */
  readonly steps: readonly Step[];
  readonly inputs: ReadonlyMap<Inputs, Shape>;
  /** Output name → index of its step. */
  readonly outputs: ReadonlyMap<Outputs, number>;
}

/** The program that computes `outputs` of a graph. */
export function program<Outputs extends string, Inputs extends string = string>(
  outputs: Readonly<Record<Outputs, Value>>,
): Program<Outputs, Inputs> {
  const live = liveValues(Object.values<Value>(outputs));
  const index = new Map(live.map((value, i) => [value, i]));
  const outputSteps = new Map(
    Object.entries<Value>(outputs).map(([name, value]) => [name as Outputs, index.get(value)!]),
  );
  const kept = new Set(outputSteps.values());
  const lastUse = new Map<number, number>();
  live.forEach((value, i) =>
    directOperands(value).forEach((operand) => lastUse.set(index.get(operand)!, i)),
  );
  const dying = new Map<number, number[]>();
  for (const [step, user] of lastUse) {
    if (kept.has(step) || live[step]!.op.kind === 'input') continue;
    dying.set(user, [...(dying.get(user) ?? []), step]);
  }
  return {
    steps: live.map((value, i) => ({
      value,
      operands: directOperands(value).map((operand) => index.get(operand)!),
      lastUses: dying.get(i) ?? [],
    })),
    inputs: new Map(
      live.flatMap(({op}) => (op.kind === 'input' ? [[op.name as Inputs, op.shape]] : [])),
    ),
    outputs: outputSteps,
  };
}

function liveValues(outputs: readonly Value[]): readonly Value[] {
  const graph = outputs[0]?.graph;
  if (outputs.some((output) => output.graph !== graph)) {
    throw new Error('All outputs of a program must come from one graph');
  }
  const live = new Set<Value>();
  const pending = [...outputs];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (live.has(value)) continue;
    live.add(value);
    pending.push(...directOperands(value));
  }
  return [...live].sort((a, b) => a.id - b.id);
}

/**
 * The operands without redundant broadcasts: a binary operation broadcasts by itself, so a broadcast before it is
 * dropped if the shape of the result stays the same. This happens here rather than in the graph because the graph may
 * still differentiate the broadcast.
 */
function directOperands({op, operands, shape}: Value): readonly Value[] {
  if (!traitsOf(op.kind).broadcastsOperands) return operands;
  const sources = operands.map((operand) =>
    operand.op.kind === 'broadcast' ? operand.operands[0]! : operand,
  );
  const fits = (a: Value, b: Value): boolean => sameShape(broadcastShapes(a.shape, b.shape), shape);
  const [[a, b], [x, y]] = [operands, sources] as [[Value, Value], [Value, Value]];
  if (fits(x, y)) return [x, y];
  if (fits(x, b)) return [x, b];
  return fits(a, y) ? [a, y] : operands;
}

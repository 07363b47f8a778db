import type {Engine, Tensor} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import type {Shape} from '../../tensor/shape.ts';
import type {Value} from '../../tensor/value.ts';
import {perShape} from '../per-shape.ts';
import {perBatchShape, type BatchSource, type BatchValues} from './batch-source.ts';

/** The outputs of a program for a part of a batch. */
export type PartOutputs = {
  /** Numbers that are added to those of the other parts [n]. */
  readonly sums: Value;
  /** Numbers by image, which are put after those of the parts before [images of the part, …]. */
  readonly pieces?: Value;
};

/** The results for a batch; the caller owns the tensors. */
export interface PartsTotal {
  /** [n] */
  readonly sums: Tensor;
  /** [images of the batch, …]; absent if the parts give none. */
  readonly pieces?: Tensor;
}

/**
 * Runs a program on each part of a batch, on all engines that share the work, and brings the results together. The order
 * of all additions is that of the parts. Of one engine, which computes part by part, nothing is waited for.
 *
 * @param build makes the program around a part
 */
export function perPart<B, V extends BatchValues>(
  engine: Engine,
  source: BatchSource<B, V>,
  build: (graph: Graph, seen: V) => PartOutputs,
): (parts: readonly B[], inputs: Readonly<Record<string, Tensor>>) => Promise<PartsTotal> {
  const executableFor = perBatchShape(engine, source, (graph, seen) =>
    program<keyof PartOutputs>(build(graph, seen) as Required<PartOutputs>),
  );
  const add = createAdder(engine);
  const join = createJoiner(engine);
  return async (parts, inputs) => {
    let sums: Tensor | undefined;
    const pieces: Tensor[] = [];
    const take = (result: PartsTotal): void => {
      sums = sums === undefined ? result.sums : add(sums, result.sums);
      if (result.pieces !== undefined) pieces.push(result.pieces);
    };
    const awaited: Promise<PartsTotal>[] = [];
    parts.forEach((part, i) => {
      const executable = executableFor(part);
      const all = {...source.inputsOf(part), ...inputs};
      if (executable.runPart === undefined) take(executable.run(all));
      else awaited.push(executable.runPart(i, all));
    });
    (await Promise.all(awaited)).forEach(take);
    return {sums: sums!, ...(pieces.length > 0 && {pieces: join(pieces)})};
  };
}

/** Makes a function that adds a vector to a sum, and takes both over. */
export function createAdder(engine: Engine): (sum: Tensor, next: Tensor) => Tensor {
  const add = perShape(engine, sumProgram);
  return (sum, next) => {
    const added = add(sum.shape[0]!).run({sum, next});
    for (const tensor of [sum, next]) tensor.dispose();
    return added.sum;
  };
}

function sumProgram(size: number): Program<'sum', 'sum' | 'next'> {
  const graph = new Graph();
  return program({sum: ops.add(graph.input('sum', [size]), graph.input('next', [size]))});
}

/** Makes a function that joins tensors along their first axis, and takes them over. */
export function createJoiner(engine: Engine): (pieces: readonly Tensor[]) => Tensor {
  const join = perShape(engine, joinProgram);
  return (pieces) => {
    const [first] = pieces;
    if (pieces.length === 1) return first!;
    const shapes = pieces.map(({shape}) => shape.join('×'));
    const inputs = Object.fromEntries(pieces.map((piece, i) => [`piece${i}`, piece]));
    const {all} = join(...shapes).run(inputs);
    for (const piece of pieces) piece.dispose();
    return all;
  };
}

function joinProgram(...shapes: readonly string[]): Program<'all'> {
  const graph = new Graph();
  const pieces = shapes.map((text, i) => graph.input(`piece${i}`, shapeOf(text)));
  return program({all: ops.concat(pieces as [Value, ...Value[]], 0)});
}

function shapeOf(text: string): Shape {
  return text.split('×').map(Number);
}

/**
 * Labels that are learned. The label of an image is y = softmax(ℓ), of logits ℓ. With v = ∂L/∂y the gradient is
 * ∂L/∂ℓ = y ⊙ (v − ⟨v, y⟩), whose numbers sum to 0 for each image.
 */
import type {Engine, Tensor} from '../../tensor/engine.ts';
import {pullThrough} from '../../tensor/gradient.ts';
import {Graph} from '../../tensor/graph.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import {perShape} from '../per-shape.ts';

/** The caller keeps all arguments, and owns the results; all tensors are [n, classes]. */
export interface LabelLogits {
  /** y */
  soften(logits: Tensor): Tensor;
  /** ∂L/∂ℓ, given ∂L/∂y. */
  pullBack(logits: Tensor, byRows: Tensor): Tensor;
}

/** Computes with label logits. Its programs are compiled for a shape when it first occurs. */
export function labelLogits(engine: Engine): LabelLogits {
  const soften = perShape(engine, softenProgram);
  const pullBack = perShape(engine, pullBackProgram);
  return {
    soften: (logits) => soften(...extents(logits)).run({logits}).rows,
    pullBack: (logits, byRows) => pullBack(...extents(logits)).run({logits, byRows}).byLogits,
  };
}

function extents({shape}: Tensor): [count: number, classes: number] {
  return [shape[0]!, shape[1]!];
}

function softenProgram(count: number, classes: number): Program<'rows', 'logits'> {
  return program({rows: ops.softmax(new Graph().input('logits', [count, classes]))});
}

function pullBackProgram(count: number, classes: number): Program<'byLogits', 'logits' | 'byRows'> {
  const graph = new Graph();
  const [logits, byRows] = [
    graph.input('logits', [count, classes]),
    graph.input('byRows', [count, classes]),
  ];
  const [byLogits] = pullThrough(ops.softmax(logits), byRows, [logits]);
  return program({byLogits: byLogits!});
}

/**
 * What a distillation lowers. The loop that moves what is learned down a gradient knows this and no method: how a
 * method comes to its loss, on which networks and by which derivatives, is its own.
 */
import type {Tensor} from '../../tensor/engine.ts';
import type {Random} from '../random.ts';

/** What is learned, as it stands. Another thing to learn is another name here, and in `Gradients`. */
export interface Learned {
  /** X [n, H, W, c]; stays the loop's. */
  readonly images: Tensor;
  /** α: the step size of networks that train on X. */
  readonly stepSize: number;
}

/** Derivatives of the loss, by the names of `Learned`. */
export interface Gradients {
  /** ∂L/∂X in the shape of X; whoever receives it disposes it. */
  readonly images: Tensor;
  /** ∂L/∂α; absent: the loss does not depend on α, which stays as it is. */
  readonly stepSize?: number;
}

/** Which iteration it is: all that an objective may depend on beside what is learned, so that it can be resumed. */
export interface IterationAddress {
  /** Counted from 0. */
  readonly iteration: number;
  /** Draws of this iteration, and of no other. */
  readonly random: Random;
}

/** The loss at what is learned. */
export interface Evaluation {
  readonly loss: number;
  readonly gradients: Gradients;
  /** What the method measures beside the loss, by the names of the log's columns. */
  readonly numbers: Readonly<Record<string, number>>;
  /** What the loss is of, for a message about it: `trajectory 3 from epoch 2 on`. */
  readonly about?: string;
}

export interface Objective {
  /** The same arguments give the same bits, whatever came before. */
  evaluate(learned: Learned, at: IterationAddress): Promise<Evaluation>;
  /** Frees what it holds on the engine; absent: it holds nothing from one iteration to the next. */
  dispose?(): void;
}

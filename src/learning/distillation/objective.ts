/**
 * The objective of a distillation. The loop that descends the gradient depends on this interface and on no method; how
 * a method computes its loss, on which networks and by which derivatives, is its own affair.
 */
import type {Tensor} from '../../tensor/engine.ts';
import type {Random} from '../random.ts';

/** The current values of the learned quantities. A further quantity would be a further name here and in `Gradients`. */
export interface Learned {
  /** X [n, H, W, c]; the loop keeps it. */
  readonly images: Tensor;
  /** α: the step size of networks that train on X. */
  readonly stepSize: number;
}

/** Derivatives of the loss, by the names of `Learned`. */
export interface Gradients {
  /** ∂L/∂X in the shape of X; the receiver disposes it. */
  readonly images: Tensor;
  /** ∂L/∂α; absent: the loss does not depend on α, which stays constant. */
  readonly stepSize?: number;
}

/**
 * The address of an iteration. An objective may depend on this and on the learned quantities only, so that a
 * distillation can be resumed.
 */
export interface IterationAddress {
  /** Counted from 0. */
  readonly iteration: number;
  /** The stream of draws of this iteration. */
  readonly random: Random;
}

/** The loss at the current values, with its gradients. */
export interface Evaluation {
  readonly loss: number;
  readonly gradients: Gradients;
  /** The method's measurements beside the loss, by the names of the log's columns. */
  readonly numbers: Readonly<Record<string, number>>;
  /** What the loss refers to, for messages: `trajectory 3 from epoch 2 on`. */
  readonly about?: string;
}

export interface Objective {
  /** Evaluates the loss. The same arguments give the same bits, whatever was evaluated before. */
  evaluate(learned: Learned, at: IterationAddress): Promise<Evaluation>;
  /** Frees what the objective holds on the engine; absent if it holds nothing between iterations. */
  dispose?(): void;
}

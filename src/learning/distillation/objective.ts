/**
 * The objective of a distillation. The loop that descends the gradient depends on this interface and on no method; how
 * a method computes its loss, on which networks and by which derivatives, is its own affair.
 */
import type {Tensor} from '../../tensor/engine.ts';
import type {Random} from '../random.ts';

/** The current values of the learned quantities. A further quantity would be a further name here and in `Gradients`. */
export interface Learned {
  /** X [n, H, W, c], or what a decoder makes images of; the loop keeps it. */
  readonly images: Tensor;
  /** α []: the step size of networks that train on X; the loop keeps it. */
  readonly stepSize: Tensor;
  /** ℓ [n, classes]: the logits of soft labels y = softmax(ℓ) of the images that networks see; the loop keeps them. Absent: no labels are learned. */
  readonly labels?: Tensor;
}

/** Derivatives of the loss, by the names of `Learned`. */
export interface Gradients {
  /** ∂L/∂X in the shape of X. */
  readonly images: Tensor;
  /** ∂L/∂α []; absent: the loss does not depend on α, which stays constant. */
  readonly stepSize?: Tensor;
  /** ∂L/∂ℓ in the shape of ℓ; absent: the loss does not depend on ℓ, which stays constant. */
  readonly labels?: Tensor;
}

/**
 * The address of an iteration. An objective may depend on this, on the learned quantities and on what is carried only,
 * so that a distillation can be resumed.
 */
export interface IterationAddress {
  /** Counted from 0. */
  readonly iteration: number;
  /** The stream of draws of this iteration. */
  readonly random: Random;
}

/**
 * The loss at the current values, with its gradients. All tensors stay on the engine, which may still be computing them;
 * the receiver owns them.
 */
export interface Evaluation {
  /** L [] */
  readonly loss: Tensor;
  readonly gradients: Gradients;
  /** The method's measurements beside the loss, by the names of the log's columns; tensors are []. */
  readonly numbers: Readonly<Record<string, number | Tensor>>;
  /** Absent: the next iteration needs nothing of this one. */
  readonly carried?: Carried;
  /** The subject of the loss, for messages: `trajectory 3 from epoch 2 on`. */
  readonly about?: string;
}

/** The tensors that an iteration leaves to the next by name, such as a network that it trained; part of every checkpoint. */
export type Carried = Readonly<Record<string, Tensor>>;

/** Disposes the tensors of an evaluation, except what is carried. */
export function disposeEvaluation({loss, gradients, numbers}: Evaluation): void {
  const all = [loss, ...Object.values({...gradients, ...numbers})];
  for (const tensor of new Set(all)) if (typeof tensor !== 'number') tensor.dispose();
}

export interface Objective {
  /**
   * Evaluates the loss on the engine; it does not wait for it, so that the engine always has something to do. The same
   * arguments give the same bits, whatever was evaluated before.
   *
   * @param carried what the iteration before left; it stays the caller's. Absent or empty: nothing
   */
  evaluate(learned: Learned, at: IterationAddress, carried?: Carried): Promise<Evaluation>;
  /** Frees what the objective holds on the engine; absent if it holds nothing between iterations. */
  dispose?(): void;
}

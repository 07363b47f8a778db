import type {Engine, Executable, Tensor} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import type {Program} from '../../tensor/program.ts';
import type {Value} from '../../tensor/value.ts';

/**
 * The source of a program's batches: it makes images and targets, within the program, from the inputs that a batch has.
 *
 * @typeParam B a batch, on the engine
 * @typeParam V the values of a batch within a program
 */
export interface BatchSource<B, V extends BatchValues = BatchValues> {
  /** Names the shape of a batch; batches of one shape share programs. */
  shapeOf(batch: B): string;
  /** Declares the inputs of batches of this shape, and makes images and targets of them. */
  build(graph: Graph, batch: B): V;
  /** The inputs that `build` declares. */
  inputsOf(batch: B): Readonly<Record<string, Tensor>>;
  /** The parts in which a batch is computed, in order; an empty list: it is computed as a whole. */
  partsOf(batch: B): readonly B[];
}

/** A batch within a program. */
export interface BatchValues {
  /** The input that the images are made from: the derivative by the images of a batch ends here. */
  readonly origin: Value;
  /** The images that were picked from it, before they were augmented. */
  readonly picked: Value;
  /** [n, h, w, c], as networks see them */
  readonly images: Value;
  /** y [n, classes]: what the network should answer, one-hot or soft. */
  readonly targets: Value;
  /** The input that soft targets are picked from [count, classes]; absent: the targets are made of labels. */
  readonly targetOrigin?: Value;
  /** The fraction of the images of a whole batch that these are; 1 for a whole batch. */
  readonly share: number;
}

/**
 * Compiles a program for each shape of batches when it first occurs, and runs it.
 *
 * @param build makes the program around a batch
 */
export function perBatch<B, V extends BatchValues, Outputs extends string, Inputs extends string>(
  engine: Engine,
  source: BatchSource<B, V>,
  build: (graph: Graph, seen: V) => Program<Outputs, Inputs>,
): (batch: B, inputs: Readonly<Record<Inputs, Tensor>>) => Readonly<Record<Outputs, Tensor>> {
  const executableFor = perBatchShape(engine, source, build);
  return (batch, inputs) => executableFor(batch).run({...source.inputsOf(batch), ...inputs});
}

/** Compiles a program for each shape of batches when it first occurs, and keeps it. */
export function perBatchShape<
  B,
  V extends BatchValues,
  Outputs extends string,
  Inputs extends string,
>(
  engine: Engine,
  source: BatchSource<B, V>,
  build: (graph: Graph, seen: V) => Program<Outputs, Inputs>,
): (batch: B) => Executable<Outputs> {
  const compiled = new Map<string, Executable<Outputs>>();
  return (batch) => {
    const shape = source.shapeOf(batch);
    let executable = compiled.get(shape);
    if (executable === undefined) {
      const graph = new Graph();
      executable = engine.compile(build(graph, source.build(graph, batch)));
      compiled.set(shape, executable);
    }
    return executable;
  };
}

import {StageError} from '../../../src/contract/stage.ts';
import {writeSynthetic} from '../../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import type {DistillingContext} from './contract-parts.ts';

/**
 * The snapshots of a distillation: each is an output that is written as soon as its iteration is reached, and kept with
 * every later checkpoint.
 */
export class Snapshots {
  readonly #context: DistillingContext;
  /** Ascending; the last update is always included. */
  readonly iterations: readonly number[];

  /** Throws a `StageError` that names an iteration beyond the last one. */
  constructor(context: DistillingContext) {
    this.#context = context;
    this.iterations = snapshotIterations(context.params);
  }

  isDue(iteration: number): boolean {
    return this.iterations.includes(iteration);
  }

  /** Throws a `StageError` if one of them is from before `iteration`, or `iteration` beyond the last one. */
  assertFrom(iteration: number): void {
    const [first, last] = [this.iterations[0]!, this.iterations.at(-1)!];
    if (last < iteration) {
      throw new StageError(`state has ${iteration} iterations, but only ${last} are asked for.`);
    }
    if (first >= iteration) return;
    throw new StageError(
      `The snapshot ${first} is from before the ${iteration} iterations of state.`,
    );
  }

  /** The file of the snapshot of one of the iterations. */
  path(iteration: number): string {
    return this.#context.output('snapshots', this.iterations.indexOf(iteration));
  }

  /**
   * Writes a snapshot without the transform, which may be far larger than the images and is the same in all snapshots.
   */
  async write(set: SyntheticSet & {readonly iteration: number}): Promise<void> {
    const {transform: _, ...kept} = set;
    await writeSynthetic(this.path(set.iteration), kept);
  }

  /** The snapshots that exist after `iteration` updates, by the name under which a checkpoint keeps them. */
  files(iteration: number): ReadonlyMap<string, string> {
    const written = this.iterations.filter((due) => due <= iteration);
    return new Map(written.map((due) => [`snapshot-${due}`, this.path(due)]));
  }

  /** Restores the snapshots that were written before the checkpoint at `iteration`. */
  async restore(iteration: number): Promise<void> {
    for (const [name, path] of this.files(iteration)) {
      await this.#context.checkpoint.takeFile(name, path);
    }
  }
}

function snapshotIterations({
  iterations: total,
  snapshots,
}: DistillingContext['params']): readonly number[] {
  if (!isList(snapshots)) {
    const {every} = snapshots;
    const count = Math.floor(total / every) + 1;
    return withLast(
      Array.from({length: count}, (_, i) => i * every),
      total,
    );
  }
  const beyond = snapshots.find((iteration) => iteration > total);
  if (beyond !== undefined) {
    throw new StageError(`snapshots: ${beyond} is beyond the ${total} iterations.`);
  }
  return withLast(snapshots, total);
}

function isList(
  snapshots: DistillingContext['params']['snapshots'],
): snapshots is Extract<DistillingContext['params']['snapshots'], readonly number[]> {
  return Array.isArray(snapshots);
}

function withLast(iterations: readonly number[], last: number): readonly number[] {
  return [...new Set([...iterations, last])].sort((a, b) => a - b);
}

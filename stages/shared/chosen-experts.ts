import {StageError} from '../../src/contract/stage.ts';
import type {Buffers} from '../../src/learning/codecs/buffers.ts';

/** The experts that label images, and after which epoch. */
export interface ChosenExperts {
  /** The first ones. */
  readonly experts: number;
  readonly epoch: number;
}

/**
 * The experts that parameters choose; without an epoch, after the last.
 * @throws StageError if there are fewer experts or epochs than are asked for
 */
export function chosenExperts(
  params: {readonly epoch?: number; readonly experts: number | 'all'},
  {snapshots, trajectories}: Pick<Buffers, 'snapshots' | 'trajectories'>,
): ChosenExperts {
  const {epoch = snapshots - 1} = params;
  const experts = params.experts === 'all' ? trajectories : params.experts;
  if (epoch >= snapshots) {
    throw new StageError(
      `epoch is ${epoch}, but the experts in buffers were trained for ${snapshots - 1}.`,
    );
  }
  if (experts > trajectories) {
    throw new StageError(
      `${experts} experts are asked for, but there are ${trajectories} in buffers.`,
    );
  }
  return {epoch, experts};
}

/** For display: `the first expert of ConvNet after 50 epochs`. */
export function expertsText({experts, epoch}: ChosenExperts, model: string): string {
  const who = experts === 1 ? 'the first expert' : `${experts} experts`;
  return `${who} of ${model} after ${epoch} epochs`;
}

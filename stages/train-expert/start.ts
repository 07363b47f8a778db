/** Going on from the trajectory of the same expert, trained for fewer epochs. */
import {StageError} from '../../src/contract/stage.ts';
import {differingField} from '../../src/learning/codecs/expert-metadata.ts';
import {TrajectoryFile} from '../../src/learning/codecs/trajectory.ts';
import type {ExpertKind} from '../../src/learning/data/trajectory.ts';
import type {ExpertState} from '../../src/learning/training/expert.ts';
import {ExpertLog, type Retention} from './metrics.ts';

/** The expert that training is to give. */
interface Wanted {
  readonly kind: ExpertKind;
  readonly seed: number;
  readonly retention: Retention;
}

/**
 * The log and the state after the last epoch that the trajectory keeps. `undefined`: a measurement was no number (NaN or
 * infinite), and the trajectory does not tell which.
 * @throws StageError if it is of another expert, or not exact
 */
export async function goOn(
  path: string,
  {kind, seed, retention}: Wanted,
): Promise<{readonly log: ExpertLog; readonly state: ExpertState} | undefined> {
  await using file = await TrajectoryFile.open(path);
  assertSame({kind, seed}, file);
  const epoch = file.snapshots - 1;
  const {epochs} = kind.settings;
  if (epoch > Number(epochs)) {
    throw new StageError(`start has ${epoch} epochs, but epochs is ${epochs}.`);
  }
  const measured = Object.values(file.history).flatMap((numbers: readonly number[]) => numbers);
  if (!measured.every(Number.isFinite)) return undefined;
  let theta = await file.snapshot(0);
  const log = ExpertLog.begin(retention, theta);
  const {trainLoss, trainAccuracy, testLoss, testAccuracy} = file.history;
  for (let i = 0; i < epoch; i++) {
    theta = await file.snapshot(i + 1);
    const train = {loss: trainLoss[i]!, accuracy: trainAccuracy[i]!};
    const test = {loss: testLoss[i]!, accuracy: testAccuracy[i]!};
    log.add({epoch: i + 1, theta, train, test});
  }
  return {log, state: {epoch, theta}};
}

function assertSame({kind, seed}: Pick<Wanted, 'kind' | 'seed'>, file: TrajectoryFile): void {
  const differing = differingField(atAnyEpoch(kind), atAnyEpoch(file.kind));
  if (differing !== undefined) {
    const {field, expected, got} = differing;
    throw new StageError(`start is another expert: its ${field} is ${got}, not ${expected}.`);
  }
  if (file.seed !== seed) {
    throw new StageError(`start is another expert: its seed is ${file.seed}, not ${seed}.`);
  }
  if (file.precision !== 'F32' || file.line !== undefined) {
    throw new StageError(
      'start does not store its parameters exactly: it must be F32, and no line.',
    );
  }
}

function atAnyEpoch(kind: ExpertKind): ExpertKind {
  const {epochs: _, ...settings} = kind.settings;
  return {...kind, settings};
}

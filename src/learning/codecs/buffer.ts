import {parameterCount} from '../data/trajectory.ts';
import type {ExpertKind} from '../data/trajectory.ts';
import {differingField, expertMetadata} from './expert-metadata.ts';
import type {Expert} from './expert-metadata.ts';
import {IncompatibleFile} from '../../formats/file-fault.ts';
import {SafetensorsWriter} from '../../formats/safetensors/safetensors-writer.ts';
import {TrajectoryFile} from './trajectory.ts';
import type {Precision} from './trajectory.ts';

/** The fields that must agree among trajectories that are matched together. */
export interface Form {
  readonly kind: ExpertKind;
  readonly precision: Precision;
  readonly snapshots: number;
}

/**
 * Writes the trajectories in these files as one buffer: a safetensors file of `theta.0`, `theta.1`, … [snapshots, D].
 * Only one snapshot is in memory at a time.
 * @throws IncompatibleFile naming the first trajectory and field that disagree with the first trajectory
 */
export async function writeBuffer(path: string, trajectoryPaths: readonly string[]): Promise<void> {
  const {form, experts} = await formOfTrajectories(trajectoryPaths);
  const {kind, precision, snapshots} = form;
  const shape = [snapshots, parameterCount(kind.layout)];
  await using writer = await SafetensorsWriter.create(
    path,
    new Map(experts.map((_, i) => [`theta.${i}`, {dtype: precision, shape}])),
    expertMetadata(kind, experts),
  );
  for (const [i, trajectoryPath] of trajectoryPaths.entries()) {
    await using file = await TrajectoryFile.open(trajectoryPath);
    for (let epoch = 0; epoch < snapshots; epoch++) {
      await writer.append(`theta.${i}`, await file.snapshot(epoch));
    }
  }
  await writer.finish();
}

/**
 * Checks that trajectories can be matched together.
 * @throws IncompatibleFile naming the first file and field that disagree with the first file
 */
export async function assertCompatibleTrajectories(paths: readonly string[]): Promise<void> {
  await formOfTrajectories(paths);
}

async function formOfTrajectories(
  paths: readonly string[],
): Promise<{form: Form; experts: readonly Expert[]}> {
  let form: Form | undefined;
  const experts: Expert[] = [];
  for (const path of paths) {
    await using file = await TrajectoryFile.open(path);
    if (form) assertSameForm(path, form, file);
    form ??= {kind: file.kind, precision: file.precision, snapshots: file.snapshots};
    experts.push({seed: file.seed, history: file.history});
  }
  if (!form) throw new RangeError('There are no trajectories.');
  return {form, experts};
}

/**
 * Checks that trajectories of one form can be matched together with those of another.
 * @throws IncompatibleFile naming `path` and the first field that differs
 */
export function assertSameForm(path: string, expected: Form, got: Form): void {
  const differing = differingField(expected.kind, got.kind);
  if (differing) throw new IncompatibleFile(path, differing.field, differing);
  for (const field of ['snapshots', 'precision'] as const) {
    if (expected[field] === got[field]) continue;
    const values = {expected: String(expected[field]), got: String(got[field])};
    throw new IncompatibleFile(path, field, values);
  }
}

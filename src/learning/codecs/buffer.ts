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

/** The form of the trajectories in a file. */
export interface FormIn {
  readonly path: string;
  readonly form: Form;
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
    if (form) assertSameForm({path, form: file}, {path: paths[0]!, form});
    form ??= {kind: file.kind, precision: file.precision, snapshots: file.snapshots};
    experts.push({seed: file.seed, history: file.history});
  }
  if (!form) throw new RangeError('There are no trajectories.');
  return {form, experts};
}

/**
 * Checks that trajectories in one file can be matched together with those in another.
 * @throws IncompatibleFile naming both files and the first field that differs
 */
export function assertSameForm({path, form: got}: FormIn, {path: other, form}: FormIn): void {
  const differing = differingField(form.kind, got.kind);
  if (differing) {
    throw new IncompatibleFile(path, differing.field, {...differing, with: other});
  }
  for (const field of ['snapshots', 'precision'] as const) {
    if (form[field] === got[field]) continue;
    const values = {expected: String(form[field]), got: String(got[field]), with: other};
    throw new IncompatibleFile(path, field, values);
  }
}

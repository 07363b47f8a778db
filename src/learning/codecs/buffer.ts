import {parameterCount} from '../data/trajectory.ts';
import type {ExpertKind} from '../data/trajectory.ts';
import {differingField, expertMetadata, lineText} from './expert-metadata.ts';
import type {Expert} from './expert-metadata.ts';
import {IncompatibleFile} from '../../formats/file-fault.ts';
import {SafetensorsWriter} from '../../formats/safetensors/safetensors-writer.ts';
import {TrajectoryFile} from './trajectory.ts';
import {walkedName, type StoredTrajectory} from './stored-trajectory.ts';
import type {Precision} from './precision.ts';
import type {TensorInfo} from '../../formats/safetensors/safetensors-header.ts';
import {nodesOf, type LineForm} from '../data/line.ts';

/** The fields that must agree among trajectories that are matched together. */
export interface Form {
  readonly kind: ExpertKind;
  readonly precision: Precision;
  readonly snapshots: number;
  /** The line as which they are stored; absent: snapshot by snapshot. */
  readonly line?: LineForm | undefined;
}

/** The form of the trajectories in a file. */
export interface FormIn {
  readonly path: string;
  readonly form: Form;
}

/**
 * Writes the trajectories in these files as one buffer: a safetensors file of `theta.0`, `theta.1`, … [snapshots, D];
 * of lines, their nodes, and `walked.0`, `walked.1`, … [snapshots, parameter arrays].
 * Only one snapshot is in memory at a time.
 * @throws IncompatibleFile naming the first trajectory and field that disagree with the first trajectory
 */
export async function writeBuffer(path: string, trajectoryPaths: readonly string[]): Promise<void> {
  const {form, experts} = await formOfTrajectories(trajectoryPaths);
  const {kind, line} = form;
  const names = experts.map((_, i) => `theta.${i}`);
  await using writer = await SafetensorsWriter.create(
    path,
    new Map(names.flatMap((name) => tensorsOf(name, form))),
    expertMetadata(kind, experts, line),
  );
  for (const [i, trajectoryPath] of trajectoryPaths.entries()) {
    await using file = await TrajectoryFile.open(trajectoryPath);
    const name = names[i]!;
    const walked = await file.stored.walked();
    if (walked !== undefined) await writer.append(walkedName(name), walked);
    for (const node of file.stored.nodes.keys())
      await writer.append(name, await file.stored.row(node));
  }
  await writer.finish();
}

/** The tensors of a trajectory, by name. */
function tensorsOf(
  name: string,
  {kind: {layout}, precision, snapshots, line}: Form,
): readonly (readonly [string, TensorInfo])[] {
  const rows = line === undefined ? snapshots : nodesOf(line, snapshots - 1).length;
  const theta = [name, {dtype: precision, shape: [rows, parameterCount(layout)]}] as const;
  if (line === undefined) return [theta];
  return [[walkedName(name), {dtype: 'F32', shape: [snapshots, layout.length]}], theta];
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
    form ??= formOf(file.kind, file.stored);
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
  const [a, b] = [storageOf(form), storageOf(got)];
  for (const field of ['snapshots', 'precision', 'line'] as const) {
    if (a[field] === b[field]) continue;
    throw new IncompatibleFile(path, field, {expected: a[field], got: b[field], with: other});
  }
}

/** The form of experts' trajectories that are stored like this one. */
export function formOf(kind: ExpertKind, {precision, snapshots, line}: StoredTrajectory): Form {
  return {kind, precision, snapshots, line};
}

function storageOf({
  snapshots,
  precision,
  line,
}: Form): Readonly<Record<'snapshots' | 'precision' | 'line', string>> {
  return {
    snapshots: String(snapshots),
    precision,
    line: line === undefined ? 'none' : lineText(line),
  };
}

import {parameterCount} from '../data/trajectory.ts';
import type {ExpertKind, Parameter} from '../data/trajectory.ts';
import {assertSameForm, formOf} from './buffer.ts';
import type {Form} from './buffer.ts';
import {parseExpertKind, parseExperts, parseLine} from './expert-metadata.ts';
import type {Expert} from './expert-metadata.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {MetadataFields} from './metadata-fields.ts';
import {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import {StoredTrajectory} from './stored-trajectory.ts';

/** Snapshots kept in memory: a start and a target for two iterations. */
const recentSnapshots = 4;

/**
 * Opens buffers that are to be matched together, without reading trajectories.
 * @throws CorruptFile; IncompatibleFile naming the first shard and field that disagree with the first shard
 */
export async function openBuffers(paths: readonly string[]): Promise<Buffers> {
  const trajectories: ExpertTrajectory[] = [];
  const files: SafetensorsFile[] = [];
  let form: Form | undefined;
  try {
    for (const path of paths) {
      const file = await SafetensorsFile.open(path);
      files.push(file);
      const shard = parseShard(path, file);
      if (form) assertSameForm({path, form: shard.form}, {path: paths[0]!, form});
      form ??= shard.form;
      trajectories.push(...shard.trajectories);
    }
    if (!form) throw new RangeError('There are no buffers.');
    return new Buffers(form, trajectories);
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
}

/** The trajectories of several buffers, numbered consecutively from 0. Snapshots are read on demand. */
export class Buffers implements AsyncDisposable {
  readonly kind: ExpertKind;
  /** Number of snapshots of each trajectory, the one at initialisation included. */
  readonly snapshots: number;
  /** D. */
  readonly parameterCount: number;
  /** Seed and history of every trajectory's expert. */
  readonly experts: readonly Expert[];
  readonly #stored: readonly ExpertTrajectory[];
  /** The snapshots read most recently, newest last. */
  readonly #recent = new Map<string, Float32Array>();

  constructor({kind, snapshots}: Form, stored: readonly ExpertTrajectory[]) {
    this.kind = kind;
    this.snapshots = snapshots;
    this.parameterCount = parameterCount(kind.layout);
    this.experts = stored.map(({expert}) => expert);
    this.#stored = stored;
  }

  /** Number of trajectories. */
  get trajectories(): number {
    return this.#stored.length;
  }

  /** Number of trajectories in each file, in order. */
  get shards(): readonly number[] {
    const counts = new Map<SafetensorsFile, number>();
    for (const {file} of this.#stored) counts.set(file, (counts.get(file) ?? 0) + 1);
    return [...counts.values()];
  }

  /** The network's parameters, in the order in which they make up a snapshot. */
  get layout(): readonly Parameter[] {
    return this.kind.layout;
  }

  /**
   * The D parameters of a trajectory after `epoch` epochs, which need not be a whole number: in between, and on lines,
   * parameters are interpolated. Later calls share the array: do not change it.
   * @throws CorruptFile if one of them is not finite
   */
  async snapshot(trajectory: number, epoch: number): Promise<Float32Array> {
    const found = this.#stored[trajectory];
    if (!found || epoch < 0 || epoch > this.snapshots - 1) {
      const there = `${this.trajectories} trajectories of ${this.snapshots} snapshots`;
      throw new RangeError(`No snapshot ${epoch} of trajectory ${trajectory} in ${there}.`);
    }
    const name = `${trajectory}/${epoch}`;
    const theta = this.#recent.get(name) ?? (await found.stored.at(epoch));
    this.#recent.delete(name);
    this.#recent.set(name, theta);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > recentSnapshots && oldest) this.#recent.delete(oldest);
    return theta;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const files = new Set(this.#stored.map(({file}) => file));
    await Promise.all([...files].map((file) => file.close()));
  }
}

/** Where a trajectory is stored, and its expert. */
interface ExpertTrajectory {
  readonly file: SafetensorsFile;
  readonly stored: StoredTrajectory;
  readonly expert: Expert;
}

function parseShard(
  path: string,
  file: SafetensorsFile,
): {readonly form: Form; readonly trajectories: readonly ExpertTrajectory[]} {
  const fields = new MetadataFields(file.metadata, path);
  const kind = parseExpertKind(fields);
  const experts = parseExperts(fields);
  const line = parseLine(fields);
  const trajectories = experts.map((expert, i) => ({
    file,
    expert,
    stored: new StoredTrajectory(path, {file, tensor: `theta.${i}`, kind, line}),
  }));
  const [form, ...others] = trajectories.map(({stored}) => formOf(kind, stored));
  if (!form) throw new CorruptFile(path, 'it holds no trajectories');
  for (const other of others) assertSameForm({path, form: other}, {path, form});
  return {form, trajectories};
}

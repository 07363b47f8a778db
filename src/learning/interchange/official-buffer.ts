import {UnsupportedFile} from '../../formats/file-fault.ts';
import {PtFile} from '../../formats/pytorch/pt-file.ts';
import {PtTensor, type PtValue} from '../../formats/pytorch/values.ts';
import {elementCount} from '../../formats/tensor.ts';
import type {Parameter} from '../data/trajectory.ts';
import {floatsOf} from './floats-of.ts';

/** The network that the trajectories are expected to belong to. */
export interface ExpectedNetwork {
  /** Its name in errors, such as `ConvNetD3 on cifar10`. */
  readonly name: string;
  /** In official order. */
  readonly layout: readonly Parameter[];
}

/** Parameter tensors after each epoch, in official order. */
type SavedTrajectory = readonly (readonly PtTensor[])[];

/**
 * A buffer of the official program, `replay_buffer_n.pt`: a list of trajectories, each a list of snapshots (at
 * initialisation, then after every epoch), each a list of parameter tensors in official order. Read a snapshot at a time.
 */
export class OfficialBuffer implements AsyncDisposable {
  readonly trajectories: number;
  /** Number of snapshots of each trajectory. */
  readonly snapshots: number;
  readonly #name: string;
  readonly #file: PtFile;
  readonly #saved: readonly SavedTrajectory[];

  private constructor(name: string, file: PtFile, saved: readonly SavedTrajectory[]) {
    this.trajectories = saved.length;
    this.snapshots = saved[0]!.length;
    this.#name = name;
    this.#file = file;
    this.#saved = saved;
  }

  /**
   * Opens a buffer and checks its form and all shapes, without reading parameters.
   * @throws CorruptFile, UnsupportedFile; or the file system's error
   */
  static async open(path: string, network: ExpectedNetwork): Promise<OfficialBuffer> {
    const file = await PtFile.open(path);
    try {
      const saved = trajectoriesOf(file.value, path);
      for (const [i, trajectory] of saved.entries()) {
        if (trajectory.length !== saved[0]!.length) {
          const sentence = `trajectory ${i} has ${trajectory.length} snapshots, but trajectory 0 has ${saved[0]!.length}`;
          throw new UnsupportedFile(path, sentence);
        }
        for (const [epoch, snapshot] of trajectory.entries()) {
          assertLayout(snapshot, network, {file: path, place: placeOf(i, epoch)});
        }
        assertOwnMemory(trajectory, i, path);
      }
      return new OfficialBuffer(path, file, saved);
    } catch (error) {
      await file[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * The D parameters of a trajectory after `epoch` epochs.
   * @throws CorruptFile; UnsupportedFile if one of them is not finite
   */
  async snapshot(trajectory: number, epoch: number): Promise<Float32Array> {
    const tensors = this.#saved[trajectory]![epoch]!;
    const theta = new Float32Array(tensors.reduce((sum, {shape}) => sum + elementCount(shape), 0));
    let offset = 0;
    for (const tensor of tensors) {
      const part = floatsOf(await this.#file.read(tensor), this.#name);
      theta.set(part, offset);
      offset += part.length;
    }
    if (theta.every(Number.isFinite)) return theta;
    const place = placeOf(trajectory, epoch);
    throw new UnsupportedFile(this.#name, `${place} has parameters that are not finite`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

function placeOf(trajectory: number, epoch: number): string {
  return `trajectory ${trajectory}, snapshot ${epoch}`;
}

/** @throws UnsupportedFile that says what was found instead */
function trajectoriesOf(value: PtValue, file: string): readonly SavedTrajectory[] {
  // A list may occur several times in a pickle; without this set, lists of such lists would take exponential time.
  const seen = new Set<PtValue>();
  const once = (is: (item: PtValue) => boolean) => (item: PtValue) => {
    if (seen.has(item)) throw new UnsupportedFile(file, 'it has one list in several places');
    seen.add(item);
    return is(item);
  };
  const isSnapshot = once((item) => isListOf(item, (p) => p instanceof PtTensor));
  const isTrajectory = once((item) => isListOf(item, isSnapshot));
  if (isListOf(value, isTrajectory)) return value as unknown as readonly SavedTrajectory[];
  throw new UnsupportedFile(
    file,
    `not a buffer of the official program: it must be a list of trajectories, each a list of snapshots, each a list of tensors; it is ${kindOf(value, 3)}`,
  );
}

/** Whether a value is a list that is not empty and has only items that `is` accepts. */
function isListOf(value: PtValue, is: (item: PtValue) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && (value as readonly PtValue[]).every(is);
}

/**
 * Describes a value, for messages: `a list of dictionaries`. Looks at the first item of a list, and no deeper than
 * `depth`.
 */
function kindOf(value: PtValue, depth: number): string {
  if (value instanceof PtTensor) return `a tensor [${value.shape.join(', ')}]`;
  if (value instanceof Map) return 'a dictionary';
  if (!Array.isArray(value)) return value === undefined ? 'None' : `a ${typeof value}`;
  if (value.length === 0) return 'an empty list';
  return depth === 0
    ? 'a list'
    : `a list of ${value.length}, the first ${kindOf(value[0] as PtValue, depth - 1)}`;
}

function assertLayout(
  snapshot: readonly PtTensor[],
  {name, layout}: ExpectedNetwork,
  {file, place}: {readonly file: string; readonly place: string},
): void {
  for (const [i, {name: parameter, shape}] of layout.entries()) {
    const got = snapshot[i]?.shape;
    if (got !== undefined && shapeText(got) === shapeText(shape)) continue;
    const found = got === undefined ? `only ${snapshot.length} parameters` : shapeText(got);
    const sentence = `parameter ${i} (${parameter}) of ${place} must be ${shapeText(shape)} for ${name}, got ${found}`;
    throw new UnsupportedFile(file, sentence);
  }
  if (snapshot.length > layout.length) {
    const sentence = `${place} has ${snapshot.length} parameters, but ${name} has ${layout.length}`;
    throw new UnsupportedFile(file, sentence);
  }
}

/**
 * Refuses trajectories whose snapshots share memory. The official program copies parameters from the GPU; on a CPU it
 * copies nothing, so all snapshots are the same memory, which holds the last of them.
 */
function assertOwnMemory(trajectory: SavedTrajectory, index: number, file: string): void {
  const owners = new Map<string, number>();
  for (const [epoch, snapshot] of trajectory.entries()) {
    for (const {storage, shape} of snapshot) {
      const owner = owners.get(storage.key) ?? epoch;
      if (owner !== epoch) {
        const sentence = `snapshots ${owner} and ${epoch} of trajectory ${index} share their memory: experts that the official program trained on a CPU have only their last parameters, again and again`;
        throw new UnsupportedFile(file, sentence);
      }
      if (storage.count < elementCount(shape)) {
        const sentence = `${placeOf(index, epoch)} has a parameter that repeats the same numbers in memory`;
        throw new UnsupportedFile(file, sentence);
      }
      owners.set(storage.key, epoch);
    }
  }
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

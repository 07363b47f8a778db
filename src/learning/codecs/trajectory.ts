import {parameterCount} from '../data/trajectory.ts';
import type {EpochHistory, ExpertKind, Trajectory} from '../data/trajectory.ts';
import {expertMetadata, parseExpertKind, parseExperts} from './expert-metadata.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import {MetadataFields} from './metadata-fields.ts';
import {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import {SafetensorsWriter} from '../../formats/safetensors/safetensors-writer.ts';

/** The stored precision of parameters: float32, half precision, or bfloat16. */
const precisions = ['F32', 'F16', 'BF16'] as const;
export type Precision = (typeof precisions)[number];

/** Writes one expert's trajectory as a safetensors file with the tensor `theta` [snapshots, D]. */
export async function writeTrajectory(
  path: string,
  trajectory: Trajectory,
  options: {readonly precision?: Precision} = {},
): Promise<void> {
  const {snapshots} = trajectory;
  const shape = [snapshots.length, parameterCount(trajectory.layout)];
  await using writer = await SafetensorsWriter.create(
    path,
    new Map([['theta', {dtype: options.precision ?? 'F32', shape}]]),
    expertMetadata(trajectory, [trajectory]),
  );
  for (const snapshot of snapshots) await writer.append('theta', snapshot);
  await writer.finish();
}

/** A trajectory's file, read one snapshot at a time. */
export class TrajectoryFile implements AsyncDisposable {
  readonly kind: ExpertKind;
  readonly seed: number;
  readonly history: EpochHistory;
  readonly precision: Precision;
  /** Number of snapshots, the one at initialisation included. */
  readonly snapshots: number;
  readonly #file: SafetensorsFile;

  private constructor(path: string, file: SafetensorsFile) {
    const fields = new MetadataFields(file.metadata, path);
    const [expert] = parseExperts(fields);
    if (!expert) throw new CorruptFile(path, 'it says nothing of the expert');
    this.kind = parseExpertKind(fields);
    this.seed = expert.seed;
    this.history = expert.history;
    ({precision: this.precision, snapshots: this.snapshots} = thetaInfo(path, {
      file,
      tensor: 'theta',
      kind: this.kind,
    }));
    this.#file = file;
  }

  /** @throws CorruptFile; or the file system's error */
  static async open(path: string): Promise<TrajectoryFile> {
    const file = await SafetensorsFile.open(path);
    try {
      return new TrajectoryFile(path, file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The D parameters after `epoch` epochs. @throws CorruptFile if one of them is not finite */
  async snapshot(epoch: number): Promise<Float32Array> {
    return readSnapshot(this.#file, 'theta', epoch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/**
 * Row `epoch` of a tensor of snapshots; no other row is read.
 * @throws CorruptFile if a parameter is not finite
 */
export async function readSnapshot(
  file: SafetensorsFile,
  tensor: string,
  epoch: number,
): Promise<Float32Array> {
  const [, count = 0] = file.shape(tensor);
  const theta = (await file.read(tensor, {offset: epoch * count, count})) as Float32Array;
  assertFinite(theta, file.path, `snapshot ${epoch} of the tensor \`${tensor}\``);
  return theta;
}

/**
 * The number of snapshots and the precision of a tensor of snapshots.
 * @throws CorruptFile if it is not such a tensor, or has another number of parameters than the experts
 */
export function thetaInfo(
  path: string,
  of: {readonly file: SafetensorsFile; readonly tensor: string; readonly kind: ExpertKind},
): {readonly precision: Precision; readonly snapshots: number} {
  const {dtype, shape} = of.file.info(of.tensor);
  const count = parameterCount(of.kind.layout);
  const [snapshots = 0] = shape;
  const precision = precisions.find((known) => known === dtype);
  if (precision === undefined || shape.length !== 2 || shape[1] !== count) {
    const got = `[${shape.join(', ')}] ${dtype}`;
    throw new CorruptFile(path, `${of.tensor} must be [snapshots, ${count}] of floats, got ${got}`);
  }
  return {precision, snapshots};
}

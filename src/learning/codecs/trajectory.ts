import {parameterCount} from '../data/trajectory.ts';
import type {EpochHistory, ExpertKind, Trajectory} from '../data/trajectory.ts';
import {expertMetadata, parseExpertKind, parseExperts, parseLine} from './expert-metadata.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {lineThrough, type LineForm} from '../data/line.ts';
import type {TensorInfo} from '../../formats/safetensors/safetensors-header.ts';
import {MetadataFields} from './metadata-fields.ts';
import {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import type {Precision} from './precision.ts';
import {StoredTrajectory} from './stored-trajectory.ts';
import {SafetensorsWriter} from '../../formats/safetensors/safetensors-writer.ts';

/**
 * Writes one expert's trajectory as a safetensors file with the tensor `theta` [snapshots, D]; as a line, with its nodes
 * in `theta` and the shares in `walked`.
 */
export async function writeTrajectory(
  path: string,
  trajectory: Trajectory,
  options: {readonly precision?: Precision; readonly line?: LineForm | undefined} = {},
): Promise<void> {
  const {layout, snapshots} = trajectory;
  const {precision = 'F32', line} = options;
  const {points, walked} =
    line === undefined
      ? {points: snapshots, walked: undefined}
      : lineThrough(snapshots, line, layout);
  const shape = [points.length, parameterCount(layout)];
  await using writer = await SafetensorsWriter.create(
    path,
    new Map<string, TensorInfo>([
      ...(walked === undefined
        ? []
        : [['walked', {dtype: 'F32', shape: [snapshots.length, layout.length]}] as const]),
      ['theta', {dtype: precision, shape}],
    ]),
    expertMetadata(trajectory, [trajectory], line),
  );
  if (walked !== undefined) await writer.append('walked', walked);
  for (const point of points) await writer.append('theta', point);
  await writer.finish();
}

/** A trajectory's file, read one snapshot at a time. */
export class TrajectoryFile implements AsyncDisposable {
  readonly kind: ExpertKind;
  readonly seed: number;
  readonly history: EpochHistory;
  readonly stored: StoredTrajectory;
  readonly #file: SafetensorsFile;

  private constructor(path: string, file: SafetensorsFile) {
    const fields = new MetadataFields(file.metadata, path);
    const [expert] = parseExperts(fields);
    if (!expert) throw new CorruptFile(path, 'it says nothing of the expert');
    this.kind = parseExpertKind(fields);
    this.seed = expert.seed;
    this.history = expert.history;
    this.stored = new StoredTrajectory(path, {
      file,
      tensor: 'theta',
      kind: this.kind,
      line: parseLine(fields),
    });
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

  get precision(): Precision {
    return this.stored.precision;
  }

  /** Number of snapshots, the one at initialisation included. */
  get snapshots(): number {
    return this.stored.snapshots;
  }

  /** The line as which it is stored, if it is one. */
  get line(): LineForm | undefined {
    return this.stored.line;
  }

  /** The D parameters after `epoch` epochs. @throws CorruptFile if one of them is not finite */
  async snapshot(epoch: number): Promise<Float32Array> {
    return this.stored.at(epoch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

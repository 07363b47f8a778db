import {CorruptFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import type {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import {between, nodesOf, placeOn, type LineForm} from '../data/line.ts';
import {parameterCount, type ExpertKind, type Parameter} from '../data/trajectory.ts';
import {precisions, type Precision} from './precision.ts';

/** A trajectory in a file: a tensor of its snapshots, or of the nodes of a line. Parameters are read on demand. */
export class StoredTrajectory {
  readonly precision: Precision;
  /** Number of snapshots, the one at initialisation included, whether they are stored or between nodes. */
  readonly snapshots: number;
  readonly line: LineForm | undefined;
  /** The epochs whose parameters are stored. */
  readonly nodes: readonly number[];
  readonly #file: SafetensorsFile;
  readonly #tensor: string;
  readonly #layout: readonly Parameter[];
  #walked: Promise<Float32Array> | undefined;

  /** @throws CorruptFile if there is no such trajectory in the file, or if it has other parameters than the experts */
  constructor(
    path: string,
    of: {
      readonly file: SafetensorsFile;
      readonly tensor: string;
      readonly kind: ExpertKind;
      readonly line: LineForm | undefined;
    },
  ) {
    const {file, tensor, kind, line} = of;
    const {dtype, shape} = file.info(tensor);
    const count = parameterCount(kind.layout);
    const [rows = 0] = shape;
    const precision = precisions.find((known) => known === dtype);
    if (precision === undefined || shape.length !== 2 || shape[1] !== count) {
      const got = `[${shape.join(', ')}] ${dtype}`;
      throw new CorruptFile(path, `${tensor} must be [snapshots, ${count}] of floats, got ${got}`);
    }
    this.precision = precision;
    this.snapshots = line === undefined ? rows : epochsOf(path, {...of, line, rows});
    this.nodes =
      line === undefined
        ? Array.from({length: rows}, (_, epoch) => epoch)
        : nodesOf(line, this.snapshots - 1);
    this.line = line;
    this.#file = file;
    this.#tensor = tensor;
    this.#layout = kind.layout;
  }

  /**
   * The D parameters after some epochs. Between two epochs, and between the nodes of a line, they are interpolated.
   * @param time from 0 to `snapshots` − 1
   * @throws CorruptFile if one of them is not finite
   */
  async at(time: number): Promise<Float32Array> {
    const walked = this.line && (await this.walked());
    const arrays = this.#layout.length;
    const line = {nodes: this.nodes, arrays, ...(walked !== undefined && {walked})};
    const {node, shares} = placeOn(time, line);
    const from = await this.row(node);
    if (shares === undefined) return from;
    return between([from, await this.row(node + 1)], shares, this.#layout);
  }

  /** The stored parameters at a node. */
  async row(node: number): Promise<Float32Array> {
    const [, count = 0] = this.#file.shape(this.#tensor);
    const theta = await this.#file.read(this.#tensor, {offset: node * count, count});
    const what = `snapshot ${this.nodes[node]!} of the tensor \`${this.#tensor}\``;
    assertFinite(theta, this.#file.path, what);
    return theta as Float32Array;
  }

  /** The shares of a line, see `Line.walked`; `undefined`: it is none. */
  async walked(): Promise<Float32Array | undefined> {
    if (this.line === undefined) return undefined;
    this.#walked ??= this.#readWalked(walkedName(this.#tensor));
    return this.#walked;
  }

  async #readWalked(name: string): Promise<Float32Array> {
    const walked = (await this.#file.read(name)) as Float32Array;
    assertFinite(walked, this.#file.path, `the tensor \`${name}\``);
    return walked;
  }
}

/** The name of the tensor of the shares of a line whose nodes are in `tensor`: `walked.3` of `theta.3`. */
export function walkedName(tensor: string): string {
  return tensor.replace('theta', 'walked');
}

/** The number of snapshots that a line stands for. */
function epochsOf(
  path: string,
  {
    file,
    tensor,
    kind: {layout},
    line,
    rows,
  }: {
    readonly file: SafetensorsFile;
    readonly tensor: string;
    readonly kind: ExpertKind;
    readonly line: LineForm;
    readonly rows: number;
  },
): number {
  const name = walkedName(tensor);
  const {dtype, shape} = file.info(name);
  const [snapshots = 0, arrays] = shape;
  if (dtype !== 'F32' || shape.length !== 2 || arrays !== layout.length) {
    const got = `[${shape.join(', ')}] ${dtype}`;
    throw new CorruptFile(
      path,
      `${name} must be [epochs + 1, ${layout.length}] of F32, got ${got}`,
    );
  }
  const nodes = nodesOf(line, snapshots - 1);
  const isOrdered = nodes.every((epoch, i) => i === 0 || epoch > nodes[i - 1]!);
  if (!isOrdered || rows !== nodes.length) {
    const expected = `the nodes ${nodes.join(', ')}`;
    throw new CorruptFile(path, `${tensor} has ${rows} rows, which are not ${expected}`);
  }
  return snapshots;
}

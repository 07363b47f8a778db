/**
 * Several engines of one kind as one engine. Each of them holds every tensor and runs every program, so all hold the
 * same numbers and nothing but the parts of shared work travels between them, through the host. Where a part is computed
 * changes no bytes: equal engines give equal bytes, and the host passes them on as they are.
 */
import type {Engine, EngineMemory, Executable, Tensor} from '../engine.ts';
import type {Program} from '../program.ts';
import type {Shape} from '../shape.ts';

/** At least one engine. */
export type Engines = readonly [Engine, ...Engine[]];

/** The only engine there is, or all of them as one. */
export function asOneEngine(engines: Engines): Engine {
  return engines.length === 1 ? engines[0] : new Replicas(engines);
}

export class Replicas implements Engine {
  readonly name: string;
  readonly description: string;
  readonly engines: Engines;

  /** @param engines engines of one kind, on devices of one kind */
  constructor(engines: Engines) {
    const [{name, description}] = engines;
    this.name = name;
    this.description = `${engines.length} × ${description}`;
    this.engines = engines;
  }

  compile<Outputs extends string, Inputs extends string>(
    program: Program<Outputs, Inputs>,
  ): Executable<Outputs, Inputs> {
    return new ReplicatedExecutable(
      this,
      this.engines.map((engine) => engine.compile(program)),
    );
  }

  upload(data: Float32Array, shape: Shape): Tensor {
    return new ReplicatedTensor(
      this,
      this.engines.map((engine) => engine.upload(data, shape)),
    );
  }

  read(tensor: Tensor): Promise<Float32Array> {
    return this.engines[0].read(this.copiesOf(tensor)[0]!);
  }

  get runsAhead(): boolean {
    return this.engines[0].runsAhead === true;
  }

  get roomForData(): number | undefined {
    return this.engines[0].roomForData;
  }

  /** The memory of each of the engines: that of the first, which holds as much as the others. */
  memory(): EngineMemory {
    return this.engines[0].memory();
  }

  resetPeak(): void {
    for (const engine of this.engines) engine.resetPeak();
  }

  /**
   * The tensor on each engine.
   * @throws TypeError if it is not a tensor of these engines
   */
  copiesOf(tensor: Tensor): readonly Tensor[] {
    if (!(tensor instanceof ReplicatedTensor) || tensor.replicas !== this) {
      throw new TypeError('A tensor of another engine');
    }
    return tensor.copies;
  }

  /** Brings a tensor of one engine to all others. */
  async share(tensor: Tensor, {from}: {readonly from: number}): Promise<Tensor> {
    const numbers = await this.engines[from]!.read(tensor);
    const copies = this.engines.map((engine, i) =>
      i === from ? tensor : engine.upload(numbers, tensor.shape),
    );
    return new ReplicatedTensor(this, copies);
  }
}

class ReplicatedTensor implements Tensor {
  readonly shape: Shape;
  readonly replicas: Replicas;
  readonly copies: readonly Tensor[];

  constructor(replicas: Replicas, copies: readonly Tensor[]) {
    this.shape = copies[0]!.shape;
    this.replicas = replicas;
    this.copies = copies;
  }

  dispose(): void {
    for (const copy of this.copies) copy.dispose();
  }
}

type Tensors<Names extends string> = Readonly<Record<Names, Tensor>>;

class ReplicatedExecutable<Outputs extends string, Inputs extends string> implements Executable<
  Outputs,
  Inputs
> {
  readonly #replicas: Replicas;
  /** One for each engine. */
  readonly #executables: readonly Executable<Outputs, Inputs>[];

  constructor(replicas: Replicas, executables: readonly Executable<Outputs, Inputs>[]) {
    this.#replicas = replicas;
    this.#executables = executables;
  }

  run(inputs: Tensors<Inputs>): Tensors<Outputs> {
    const results = this.#executables.map((executable, i) => executable.run(this.#on(i, inputs)));
    return mapTensors(
      results[0]!,
      (_, name) =>
        new ReplicatedTensor(
          this.#replicas,
          results.map((result) => result[name]),
        ),
    );
  }

  async runPart(part: number, inputs: Tensors<Inputs>): Promise<Tensors<Outputs>> {
    const from = part % this.#executables.length;
    const result = this.#executables[from]!.run(this.#on(from, inputs));
    const names = Object.keys(result) as Outputs[];
    const shared = await Promise.all(
      names.map((name) => this.#replicas.share(result[name], {from})),
    );
    const byName = new Map(names.map((name, i) => [name, shared[i]!]));
    return mapTensors(result, (_, name) => byName.get(name)!);
  }

  async prepare(): Promise<void> {
    await Promise.all(this.#executables.map(async (executable) => executable.prepare?.()));
  }

  /** The inputs as one engine has them. Others than the program's pass through: engines ignore them. */
  #on(engine: number, inputs: Tensors<Inputs>): Tensors<Inputs> {
    return mapTensors(inputs, (tensor) => this.#replicas.copiesOf(tensor)[engine]!);
  }
}

function mapTensors<Names extends string>(
  tensors: Tensors<Names>,
  change: (tensor: Tensor, name: Names) => Tensor,
): Tensors<Names> {
  const entries = Object.entries<Tensor>(tensors) as [Names, Tensor][];
  return Object.fromEntries(
    entries.map(([name, tensor]) => [name, change(tensor, name)]),
  ) as Tensors<Names>;
}

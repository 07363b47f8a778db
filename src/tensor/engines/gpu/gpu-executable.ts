import type {Executable, Tensor} from '../../engine.ts';
import type {BindingSource, GpuProgram} from '../../kernels/kernel.ts';
import type {Program} from '../../program.ts';
import type {Shape} from '../../shape.ts';
import {checkInput} from '../check-tensors.ts';
import type {Device} from './device.ts';
import type {GpuTensor} from './gpu-tensor.ts';

/** The parts of an engine that an executable uses. */
export interface ExecutingEngine<Memory extends object, Pipeline extends object> {
  readonly device: Device<Memory, Pipeline>;
  allocate(shape: Shape): GpuTensor<Memory>;
  takeArenas(arenas: GpuProgram['arenas']): readonly Memory[];
  own(tensor: Tensor): GpuTensor<Memory>;
}

/** A launch: a pipeline, and the places of its memories among all memories of a run. */
interface Launch<Pipeline> {
  readonly pipeline: Pipeline;
  readonly places: readonly number[];
}

/** A program on a GPU. */
export class GpuExecutable<Memory extends object, Pipeline extends object> implements Executable {
  readonly #engine: ExecutingEngine<Memory, Pipeline>;
  readonly #inputs: ReadonlyMap<string, Shape>;
  readonly #outputs: ReadonlyMap<string, Shape>;
  readonly #arenas: GpuProgram['arenas'];
  readonly #launches: readonly Launch<Pipeline>[];

  constructor(
    engine: ExecutingEngine<Memory, Pipeline>,
    {inputs, outputs, steps}: Program,
    {dispatches, arenas}: GpuProgram,
  ) {
    this.#engine = engine;
    this.#inputs = inputs;
    this.#outputs = new Map(
      Array.from(outputs, ([name, step]) => [name, steps[step]!.value.shape] as const),
    );
    this.#arenas = arenas;
    const placeOf = this.#places();
    this.#launches = dispatches.map((dispatch) => ({
      pipeline: engine.device.prepare(dispatch),
      places: dispatch.bindings.map(({source}) => placeOf(source)),
    }));
  }

  async prepare(): Promise<void> {
    await this.#engine.device.build?.(this.#launches.map(({pipeline}) => pipeline));
  }

  run(inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> {
    const engine = this.#engine;
    const given = Array.from(
      this.#inputs,
      ([name, shape]) => engine.own(checkInput(inputs, name, shape)).memory,
    );
    const arenas = engine.takeArenas(this.#arenas);
    const results = this.#allocateOutputs();
    const memories = [...arenas, ...given, ...results.map(([, {memory}]) => memory)];
    for (const {pipeline, places} of this.#launches) {
      engine.device.launch(
        pipeline,
        places.map((place) => memories[place]!),
      );
    }
    return Object.fromEntries(results);
  }

  /** Gives the place of a memory in a run's list: arenas first, then inputs, then outputs. */
  #places(): (source: BindingSource) => number {
    const inputs = [...this.#inputs.keys()];
    const outputs = [...this.#outputs.keys()];
    return (source) => {
      const before = this.#arenas.length;
      switch (source.kind) {
        case 'arena':
          return source.arena;
        case 'input':
          return before + inputs.indexOf(source.name);
        case 'output':
          return before + inputs.length + outputs.indexOf(source.name);
      }
    };
  }

  /** Allocates all outputs or none, in their order. */
  #allocateOutputs(): readonly (readonly [string, GpuTensor<Memory>])[] {
    const results: [string, GpuTensor<Memory>][] = [];
    try {
      for (const [name, shape] of this.#outputs) results.push([name, this.#engine.allocate(shape)]);
    } catch (error) {
      for (const [, tensor] of results) tensor.dispose();
      throw error;
    }
    return results;
  }
}

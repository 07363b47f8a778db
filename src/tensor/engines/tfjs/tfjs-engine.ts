/**
 * The `tfjs` engine: runs programs step by step on a TensorFlow.js backend. It does not use TensorFlow.js's automatic
 * differentiation.
 */
import * as tf from '@tensorflow/tfjs-core';
import type {Engine, EngineMemory, Executable, Tensor} from '../../engine.ts';
import type {Program} from '../../program.ts';
import type {Shape} from '../../shape.ts';
import {checkInput, checkUpload} from '../check-tensors.ts';
import {UnavailableError} from '../gpu/errors.ts';
import {nativePackage} from './import-tfjs.ts';
import {startBackend, startNativeBackend, type ChosenBackend, type Importer} from './backend.ts';
import {execute} from './kernels.ts';

/** Starts the engine on the best backend of this machine. Only tests replace `importer`. */
export async function startTfjsEngine(
  importer?: Importer,
): Promise<Engine & {readonly backend: ChosenBackend}> {
  return new TfjsEngine(await startBackend(importer));
}

/**
 * Starts the engine on native TensorFlow and on nothing else.
 * @throws UnavailableError if it is not installed or does not work here
 */
export async function startNativeTfjsEngine(
  importer?: Importer,
): Promise<Engine & {readonly backend: ChosenBackend}> {
  const backend = await startNativeBackend(importer);
  if (backend.isNative) return new TfjsEngine(backend);
  throw new UnavailableError(
    `Native TensorFlow does not work here (${backend.why.join('; ')}): \`npm install ${nativePackage}\` in the folder of your project.`,
  );
}

class TfjsEngine implements Engine {
  readonly name = 'tfjs';
  readonly backend: ChosenBackend;
  readonly #peak = {bytes: 0};

  constructor(backend: ChosenBackend) {
    this.backend = backend;
  }

  get description(): string {
    return this.backend.description;
  }

  compile<Outputs extends string, Inputs extends string>(
    program: Program<Outputs, Inputs>,
  ): Executable<Outputs, Inputs> {
    return new TfjsExecutable(program, this.#peak);
  }

  upload(data: Float32Array, shape: Shape): Tensor {
    checkUpload(data, shape);
    // A copy, since the backend may keep the array and the caller may write to it again.
    return new TfjsTensor(tf.tensor(data.slice(), [...shape], 'float32'));
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    return unwrap(tensor).data<'float32'>();
  }

  memory(): EngineMemory {
    const {numTensors, numBytes} = tf.memory();
    return {tensors: numTensors, bytes: numBytes, peakBytes: Math.max(this.#peak.bytes, numBytes)};
  }

  resetPeak(): void {
    this.#peak.bytes = 0;
  }
}

class TfjsTensor implements Tensor {
  readonly native: tf.Tensor;

  constructor(native: tf.Tensor) {
    this.native = native;
  }

  get shape(): Shape {
    return this.native.shape;
  }

  dispose(): void {
    this.native.dispose();
  }
}

function unwrap(tensor: Tensor): tf.Tensor {
  if (!(tensor instanceof TfjsTensor)) throw new TypeError('A tensor of another engine');
  return tensor.native;
}

class TfjsExecutable implements Executable {
  readonly #program: Program;
  readonly #peak: {bytes: number};

  constructor(program: Program, peak: {bytes: number}) {
    this.#program = program;
    this.#peak = peak;
  }

  run(inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> {
    const results: (tf.Tensor | undefined)[] = [];
    for (const {value, operands, lastUses} of this.#program.steps) {
      const {op} = value;
      const args = operands.map((index) => results[index]!);
      results.push(
        op.kind === 'input'
          ? unwrap(checkInput(inputs, op.name, op.shape))
          : tf.tidy(() => execute(op, args, value.shape)),
      );
      this.#peak.bytes = Math.max(this.#peak.bytes, tf.memory().numBytes);
      for (const index of lastUses) {
        results[index]!.dispose();
        results[index] = undefined;
      }
    }
    return this.#takeOutputs(results);
  }

  /** Gives each output a tensor of its own, even if two outputs are one value or an output is an input. */
  #takeOutputs(results: readonly (tf.Tensor | undefined)[]): Record<string, Tensor> {
    const {outputs, steps} = this.#program;
    const taken = Object.fromEntries(
      [...outputs].map(([name, index]) => [name, new TfjsTensor(results[index]!.clone())]),
    );
    results.forEach((result, index) => {
      if (steps[index]!.value.op.kind !== 'input') result?.dispose();
    });
    return taken;
  }
}

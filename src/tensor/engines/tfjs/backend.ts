/**
 * Chooses the TensorFlow.js backend of this machine.
 *
 * `@tensorflow/tfjs-node-gpu` and `@tensorflow/tfjs-node` are never required: their install step downloads a native
 * library, which fails on many machines. Users of this engine install it, or TensorFlow.js with its WebAssembly backend.
 */
import {createRequire} from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {importTfjs} from './import-tfjs.ts';

/** A chosen backend, with a log of the choice: one line for each candidate. */
export interface ChosenBackend {
  readonly description: string;
  /** Whether it is native TensorFlow. */
  readonly isNative: boolean;
  readonly why: readonly string[];
}

/** Imports a package; rejects if it is not installed or does not work here. */
export type Importer = (name: string) => Promise<unknown>;

const candidates = [
  {name: '@tensorflow/tfjs-node-gpu', description: 'native TensorFlow with CUDA'},
  {name: '@tensorflow/tfjs-node', description: 'native TensorFlow on the CPU'},
] as const;

/** Starts the fastest backend that works here and makes it TensorFlow.js's backend in this process. */
export async function startBackend(importer?: Importer): Promise<ChosenBackend> {
  const native = await startNativeBackend(importer);
  if (native.isNative) return native;
  await startWasm();
  return {
    description: `TensorFlow.js ${tf.version_core}, WebAssembly with SIMD`,
    isNative: false,
    why: [...native.why, '@tensorflow/tfjs-backend-wasm: works'],
  };
}

/** Starts native TensorFlow, if it works here; gives the candidates with the reasons why not. */
export async function startNativeBackend(
  importer: Importer = (name) => import(name),
): Promise<ChosenBackend | {readonly isNative: false; readonly why: readonly string[]}> {
  const why: string[] = [];
  for (const {name, description} of candidates) {
    const problem = await tryNative(name, importer);
    if (problem === undefined) {
      return {
        description: `TensorFlow.js ${tf.version_core}, ${description}`,
        isNative: true,
        why: [...why, `${name}: works`],
      };
    }
    why.push(`${name}: ${problem}`);
  }
  return {isNative: false, why};
}

/** Tries a native backend: the reason why it cannot be used, or `undefined` if it is now in use. */
async function tryNative(name: string, importer: Importer): Promise<string | undefined> {
  try {
    await importer(name);
    if (!(await tf.setBackend('tensorflow'))) return 'is installed but registers no backend';
    await tf.ready();
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      return 'not installed';
    }
    return `does not work here (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
}

async function startWasm(): Promise<void> {
  const wasm = await importTfjs(() => import('@tensorflow/tfjs-backend-wasm'));
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${path.dirname(entry)}/`);
  if (!(await tf.setBackend('wasm'))) throw new Error('The WebAssembly backend did not start');
  await tf.ready();
}

/** Programs of others that compute the same: scripts in `bench/peers`, for a Python that has their library. */
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {startContender, type Contender} from './contender.ts';

export interface Peer {
  readonly name: string;
  /** The Python module that it needs. */
  readonly module: 'torch' | 'jax' | 'numpy';
  /** The name of its script without its ending. */
  readonly script: string;
  readonly args: readonly string[];
}

/**
 * PyTorch, and JAX twice: with the arithmetic that it chooses (TF32 on recent GPUs), and in float32.
 *
 * @param script the name of PyTorch's script; JAX's has `-jax` behind it
 * @param args for all of them
 */
export function peersOf(script: string, args: readonly string[]): readonly Peer[] {
  const jax = {module: 'jax', script: `${script}-jax`} as const;
  return [
    {name: 'PyTorch', module: 'torch', script, args},
    {name: 'JAX', ...jax, args: [...args, 'default']},
    {name: 'JAX in float32', ...jax, args: [...args, 'highest']},
  ];
}

/** The Pythons that may have a library; the first that has it is used. */
const pythons = [process.env['PYTHON'], '/usr/bin/python3', 'python3'].filter(
  (python) => python !== undefined,
);

/** A line for each of these libraries that is not installed. */
export function missingPeers(modules: readonly Peer['module'][]): readonly string[] {
  const missing = modules.filter((module) => findPython(module) === undefined);
  return missing.map(
    (module) =>
      `${moduleNames[module]} is not installed for ${pythons.join(', ')}: this runs without it`,
  );
}

const moduleNames = {torch: 'PyTorch', jax: 'JAX', numpy: 'numpy with OpenBLAS'};

/** Starts a peer, if its library is installed; gives the reason if it does not compete. */
export async function startPeer({
  module,
  script,
  args,
}: Peer): Promise<Contender | string | undefined> {
  const python = findPython(module);
  if (python === undefined) return undefined;
  // This file runs from dist/bench, but the scripts stay in bench.
  const file = path.resolve(import.meta.dirname, `../../bench/peers/${script}.py`);
  try {
    return await startContender(python, [file, ...args], pythonEnvironment());
  } catch (error) {
    return `it did not start: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const found = new Map<string, string | undefined>();

function findPython(module: Peer['module']): string | undefined {
  if (!found.has(module))
    found.set(
      module,
      pythons.find((python) => imports(python, module)),
    );
  return found.get(module);
}

/** Fails if numpy computes products by another library. */
const numpyTest = `assert 'openblas' in numpy.show_config(mode='dicts')['Build Dependencies']['blas']['name']`;

function imports(python: string, module: string): boolean {
  try {
    const test = `import ${module}\n${module === 'numpy' ? numpyTest : ''}`;
    execFileSync(python, ['-c', test], {stdio: 'ignore', env: pythonEnvironment()});
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes settings for other programs that would keep Debian's OpenBLAS from choosing its kernels for this processor,
 * and keeps JAX from reserving most of a GPU's memory, which others measure beside it.
 */
function pythonEnvironment(): NodeJS.ProcessEnv {
  const {OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env} = process.env;
  return {...env, PYTHONDONTWRITEBYTECODE: '1', XLA_PYTHON_CLIENT_PREALLOCATE: 'false'};
}

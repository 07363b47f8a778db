import {execFile, spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {promisify} from 'node:util';

/** Debian's, for which its packages are: another may stand before it in the search path. */
const python = '/usr/bin/python3';

/**
 * Whether to skip a test that needs Python modules, as `node:test` wants it: a sentence, or `false`. Where continuous
 * integration runs they must be there, so that a check that did not happen never looks like one that passed.
 */
export function skipWithout(...modules: readonly string[]): string | false {
  if (process.env['CI'] === 'true') return false;
  const missing = modules.filter((module) => !hasModule(module));
  if (missing.length === 0) return false;
  const packages = missing.map((module) => `python3-${module}`).join(' ');
  return `${python} has no ${missing.join(' and no ')}: apt-get install ${packages}`;
}

/** Whether Python finds a module. */
export function hasModule(module: string): boolean {
  if (!existsSync(python)) return false;
  const find =
    'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)';
  return spawnSync(python, ['-c', find, module]).status === 0;
}

/** Runs a Python program; rejects with what it wrote if it fails. Returns its standard output. */
export async function runPython(program: string, ...args: readonly string[]): Promise<string> {
  // Some machines choose a kernel by this variable that newer processors' packages do not have.
  const {OPENBLAS_CORETYPE: _, ...environment} = process.env;
  const {stdout} = await promisify(execFile)(python, ['-c', program, ...args], {env: environment});
  return stdout;
}

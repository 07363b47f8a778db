import {execFile, spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {promisify} from 'node:util';

/** Debian's Python, for which its packages are installed: another one may come first in the search path. */
const python = '/usr/bin/python3';

/**
 * Whether to skip a test that needs Python modules, in the form of `node:test`: a sentence, or `false`. In continuous
 * integration they must exist, so that a check that did not happen never looks like one that passed.
 */
export function skipWithout(...modules: readonly string[]): string | false {
  if (process.env['CI'] === 'true') return false;
  const missing = modules.filter((module) => !hasModule(module));
  if (missing.length === 0) return false;
  const packages = missing.map((module) => `python3-${module}`).join(' ');
  return `${python} has no ${missing.join(' and no ')}: apt-get install ${packages}`;
}

/** Whether Python can import a module. */
export function hasModule(module: string): boolean {
  if (!existsSync(python)) return false;
  const find =
    'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)';
  return spawnSync(python, ['-c', find, module]).status === 0;
}

/** Runs a Python program and returns its standard output; rejects with its error output if it fails. */
export async function runPython(program: string, ...args: readonly string[]): Promise<string> {
  // Some machines set this variable to a kernel that packages for newer processors lack.
  const {OPENBLAS_CORETYPE: _, ...environment} = process.env;
  const {stdout} = await promisify(execFile)(python, ['-c', program, ...args], {env: environment});
  return stdout;
}

import {realpathSync, statSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import type {Json} from '../base/json.ts';
import {packageAbove, packageNamed, type Package} from './package-of.ts';

/** The place of a plugin's module. */
export interface FoundPlugin {
  /** Absolute path, without symbolic links. */
  readonly file: string;
  /** Absent: the plugin is named by its path. */
  readonly owner?: Package;
}

/**
 * Finds a plugin by its name in a pipeline file: a path from that file, beginning with `./`, `../` or `/`, or a
 * package, resolved as for a module in the folder of that file. `undefined`: there is none.
 */
export function findPlugin(name: string, pipelineFile: string): FoundPlugin | undefined {
  const from = path.resolve(pipelineFile);
  if (/^\.{0,2}\//.test(name)) {
    const file = path.resolve(path.dirname(from), name);
    const isThere = statSync(file, {throwIfNoEntry: false})?.isFile() === true;
    return isThere ? {file: realpathSync(file)} : undefined;
  }
  const file = packageModule(name, from);
  if (file === undefined) return undefined;
  const owner = packageAbove(file);
  return {file, ...(owner && {owner})};
}

function packageModule(name: string, from: string): string | undefined {
  try {
    const file = createRequire(from).resolve(name);
    return path.isAbsolute(file) ? file : undefined;
  } catch {
    // `require` does not find what a package exports only for `import`.
    return importedModule(name, from);
  }
}

function importedModule(name: string, from: string): string | undefined {
  const [, owner, rest] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(name) ?? [];
  const found = owner === undefined ? undefined : packageNamed(owner, from);
  const target = found && targetIn(found.exports, `.${rest ?? ''}`);
  const file = target && path.join(found.folder, target);
  return file && statSync(file, {throwIfNoEntry: false})?.isFile() ? realpathSync(file) : undefined;
}

/** The target in a package's `exports` for a path, without patterns. */
function targetIn(exports: Json | undefined, subpath: string): string | undefined {
  if (typeof exports === 'string') return subpath === '.' ? exports : undefined;
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) return undefined;
  const bySubpath = Object.keys(exports).some((key) => key.startsWith('.'));
  if (bySubpath) return ofConditions((exports as Record<string, Json>)[subpath]);
  return subpath === '.' ? ofConditions(exports) : undefined;
}

function ofConditions(target: Json | undefined): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null || Array.isArray(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (!['node', 'import', 'default'].includes(condition)) continue;
    const found = ofConditions(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

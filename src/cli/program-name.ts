import {existsSync, readFileSync, realpathSync} from 'node:fs';
import path from 'node:path';
import {isSystemError} from '../base/errno.ts';
import {quoteWord} from '../base/quote-word.ts';

/**
 * The words with which a user starts this program: `npx pipeline` if a package manager started it, or would find it from
 * the current folder; `pipeline` if the search path leads to this program; the path of a link that starts it; and
 * otherwise Node.js with the path of the script.
 */
export function programName(started: {
  /** Absolute path of the script that Node.js runs. */
  readonly script: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): string {
  const {script, cwd, environment} = started;
  if (environment['npm_execpath'] !== undefined) {
    return runners[environment['npm_config_user_agent']?.split('/')[0] ?? ''] ?? 'npx pipeline';
  }
  if (isOnPath(script, environment['PATH'] ?? '')) return 'pipeline';
  if (isInPackage(script, cwd)) return 'npx pipeline';
  const relative = path.relative(cwd, script);
  const file = relative.startsWith('..') ? script : relative;
  const isLink = path.basename(script) === 'pipeline';
  if (!isLink) return `node ${quoteWord(file)}`;
  return quoteWord(file.includes(path.sep) ? file : `.${path.sep}${file}`);
}

/** By the names of package managers in their environment. */
const runners: Readonly<Record<string, string>> = {
  pnpm: 'pnpm exec pipeline',
  yarn: 'yarn pipeline',
  bun: 'bunx pipeline',
};

/**
 * Whether `npx pipeline` starts this script in a folder: the nearest package around it has it installed, or is the
 * package that the script belongs to.
 */
function isInPackage(script: string, folder: string): boolean {
  const manifest = path.join(folder, 'package.json');
  if (existsSync(manifest)) {
    const installed = path.join(folder, 'node_modules/.bin/pipeline');
    return isSame(installed, script) || binsOf(manifest).some((bin) => isSame(bin, script));
  }
  const parent = path.dirname(folder);
  return parent !== folder && isInPackage(script, parent);
}

/** The absolute paths of the programs called `pipeline` that a package declares. */
function binsOf(manifest: string): readonly string[] {
  try {
    const {bin} = JSON.parse(readFileSync(manifest, 'utf8')) as {readonly bin?: unknown};
    const file = (bin as {readonly pipeline?: unknown} | undefined)?.pipeline;
    return typeof file === 'string' ? [path.join(path.dirname(manifest), file)] : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || isSystemError(error))
      return [];
    throw error;
  }
}

function isSame(a: string, b: string): boolean {
  return existsSync(a) && existsSync(b) && realpathSync(a) === realpathSync(b);
}

/** Whether the first `pipeline` of the search path is this script, possibly through a link. */
function isOnPath(script: string, searchPath: string): boolean {
  const found = searchPath
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, 'pipeline'))
    .find((file) => existsSync(file));
  return found !== undefined && isSame(found, script);
}

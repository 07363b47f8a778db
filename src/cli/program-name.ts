import {existsSync, realpathSync} from 'node:fs';
import path from 'node:path';
import {quoteWord} from '../report/format/quote-word.ts';

/**
 * The words with which a user starts this program: `npx pipeline` if a package manager started it, `pipeline` if the
 * search path leads to this program, and otherwise Node.js with the path of the script.
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
  const relative = path.relative(cwd, script);
  return `node ${quoteWord(relative.startsWith('..') ? script : relative)}`;
}

/** By the names of package managers in their environment. */
const runners: Readonly<Record<string, string>> = {
  pnpm: 'pnpm exec pipeline',
  yarn: 'yarn pipeline',
  bun: 'bunx pipeline',
};

/** Whether the first `pipeline` of the search path is this script, possibly through a link. */
function isOnPath(script: string, searchPath: string): boolean {
  const found = searchPath
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, 'pipeline'))
    .find((file) => existsSync(file));
  return found !== undefined && existsSync(script) && realpathSync(found) === realpathSync(script);
}

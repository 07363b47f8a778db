import path from 'node:path';

/**
 * The folder for what can be made again: `$XDG_CACHE_HOME/distillery` or `~/.cache/distillery`. `undefined`: the user has
 * no home.
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const {XDG_CACHE_HOME: cache = '', HOME: home = ''} = environment;
  // A relative path is to be ignored, by the XDG base directory specification.
  if (path.isAbsolute(cache)) return path.join(cache, 'distillery');
  return path.isAbsolute(home) ? path.join(home, '.cache', 'distillery') : undefined;
}

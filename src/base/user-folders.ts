import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder for what can be made again: `$XDG_CACHE_HOME/distillery` or `~/.cache/distillery`. `undefined`: the user has
 * no home.
 */
export function cacheFolder({XDG_CACHE_HOME, HOME}: Environment): string | undefined {
  return userFolder(XDG_CACHE_HOME, HOME, '.cache');
}

/**
 * The folder of the user's configuration: `$XDG_CONFIG_HOME/distillery` or `~/.config/distillery`. `undefined`: the user
 * has no home.
 */
export function configFolder({XDG_CONFIG_HOME, HOME}: Environment): string | undefined {
  return userFolder(XDG_CONFIG_HOME, HOME, '.config');
}

function userFolder(
  given: string | undefined,
  home: string | undefined,
  usual: string,
): string | undefined {
  // A relative path is to be ignored, by the XDG base directory specification.
  if (isAbsolute(given)) return path.join(given, 'distillery');
  return isAbsolute(home) ? path.join(home, usual, 'distillery') : undefined;
}

function isAbsolute(text: string | undefined): text is string {
  return text !== undefined && path.isAbsolute(text);
}

import path from 'node:path';

/**
 * The folder of the user's configuration: `$XDG_CONFIG_HOME/distillery` or `~/.config/distillery`. `undefined`: the user
 * has no home.
 */
export function configFolder(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const {XDG_CONFIG_HOME: config = '', HOME: home = ''} = environment;
  // A relative path is to be ignored, by the XDG base directory specification.
  if (path.isAbsolute(config)) return path.join(config, 'distillery');
  return path.isAbsolute(home) ? path.join(home, '.config', 'distillery') : undefined;
}

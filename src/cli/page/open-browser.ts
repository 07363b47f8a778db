import type {World} from '../world.ts';

/** Opens an address in the user's browser where there is a screen for one, and does nothing otherwise. */
export async function openBrowser(
  url: string,
  {environment, platform}: Pick<World, 'environment' | 'platform'>,
): Promise<void> {
  const command = browserCommand(url, environment, platform);
  if (command === undefined) return;
  const {execa} = await import('execa');
  const [program, ...args] = command;
  // It may be the browser itself, which stays. What becomes of it is the user's.
  const child = execa(program, args, {
    detached: true,
    cleanup: false,
    reject: false,
    stdio: 'ignore',
  });
  child.unref();
}

/** The program that opens an address, and its arguments; `undefined`: there is no screen. There is no shell between. */
export function browserCommand(
  url: string,
  environment: World['environment'],
  platform: string,
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open', url];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  const hasScreen = ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (environment[name] ?? '') !== '');
  return hasScreen ? ['xdg-open', url] : undefined;
}

import type {World} from '../world.ts';

/** Opens an address in the user's browser if there is a screen, and does nothing otherwise. */
export async function openBrowser(
  url: string,
  {environment, platform}: Pick<World, 'environment' | 'platform'>,
): Promise<void> {
  const command = browserCommand(url, environment, platform);
  if (command === undefined) return;
  const {execa} = await import('execa');
  const [program, ...args] = command;
  // The program may be the browser itself, which stays open after this process.
  const child = execa(program, args, {
    detached: true,
    cleanup: false,
    reject: false,
    stdio: 'ignore',
  });
  child.unref();
}

/** The program that opens an address, and its arguments, without a shell; `undefined`: there is no screen. */
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

import type {World} from '../world.ts';

/** Waits for Ctrl-C, or until something else has happened. Keeps the process alive, which neither a listener nor a server does. */
export async function interrupted(
  world: Pick<World, 'onInterrupt'>,
  other: Promise<void> = new Promise(() => undefined),
): Promise<void> {
  const awake = setInterval(() => undefined, 1 << 30);
  let release = (): void => undefined;
  const signal = new Promise<void>((resolve) => (release = world.onInterrupt(() => resolve())));
  await Promise.race([signal, other]);
  release();
  clearInterval(awake);
}

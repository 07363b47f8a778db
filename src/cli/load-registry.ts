import type {Media} from '../contract/media.ts';
import {mediaOf, type Registry} from '../contract/registry.ts';
import type {World} from './world.ts';

/** This program's stage types. Their module is found by its URL, because tests have others. */
export async function loadRegistry({
  registryModule,
}: Pick<World, 'registryModule'>): Promise<Registry> {
  const {registry} = (await import(registryModule)) as {readonly registry: Registry};
  return registry;
}

/** The media of this program's stage types. A store may also have artifacts of other media, from plugins. */
export async function knownMedia(world: Pick<World, 'registryModule'>): Promise<Media> {
  return mediaOf(await loadRegistry(world));
}

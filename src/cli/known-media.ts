import type {Media} from '../contract/media.ts';
import {mediaOf, type Registry} from '../contract/registry.ts';
import type {World} from './world.ts';

/** The media of this program's stage types. A store may also have artifacts of other media, from plugins. */
export async function knownMedia(world: Pick<World, 'registryModule'>): Promise<Media> {
  const {registry} = (await import(world.registryModule)) as {readonly registry: Registry};
  return mediaOf(registry);
}

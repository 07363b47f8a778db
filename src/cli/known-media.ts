import type {Media} from '../contract/media.ts';
import {mediaOf, type Registry} from '../contract/registry.ts';
import type {World} from './world.ts';

/** The kinds of artifacts that this program's stage types know. A store may have those of plugins too. */
export async function knownMedia(world: Pick<World, 'registryModule'>): Promise<Media> {
  const {registry} = (await import(world.registryModule)) as {readonly registry: Registry};
  return mediaOf(registry);
}

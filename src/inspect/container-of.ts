import type {Container, Media} from '../contract/media.ts';
import {detectContainer} from '../store/artifacts/detect-container.ts';
import {isText} from './texts.ts';

/**
 * The container of a file: that of its media if the media is known; otherwise its bytes decide, because the plugin that
 * declares the media may be gone. Rejects with the file system's error.
 */
export async function containerOf(
  {path, media}: {readonly path: string; readonly media?: string},
  known: Media,
): Promise<Container> {
  const definition = media === undefined ? undefined : known.get(media);
  if (definition !== undefined) return definition.container;
  const found = await detectContainer(path);
  return media !== undefined && found === 'bytes' && (await isText(path)) ? 'text' : found;
}

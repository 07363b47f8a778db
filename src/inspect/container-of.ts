import type {Container, Media} from '../contract/media.ts';
import {detectContainer} from '../store/artifacts/detect-container.ts';
import {isText} from './texts.ts';

/**
 * How a file is framed: by its media if that is known; otherwise by its bytes, since the plugin that declares the media
 * need not be here any more. Rejects with the file system's error.
 * @param media its name; `undefined`: the file is no artifact
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

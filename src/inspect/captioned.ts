import type {Captions} from '../contract/offers.ts';
import type {Picture} from './points.ts';

/** Whether a picture is a grid of as many images of this size as there are captions. */
export function isCaptioned(picture: Picture, captions: Captions): boolean {
  const {texts, columns, padding, width, height} = captions;
  const across = Math.min(columns, texts.length);
  const down = Math.ceil(texts.length / across);
  const scale = (picture.width - padding * (across + 1)) / (across * width);
  return (
    Number.isInteger(scale) &&
    scale > 0 &&
    picture.height === padding * (down + 1) + down * scale * height
  );
}

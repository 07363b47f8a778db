import type {Captions} from '../../contract/offers.ts';
import {isCaptioned} from '../../inspect/captioned.ts';
import type {Figures} from '../../inspect/figures.ts';
import {words, type FiguresById} from './chart-parts.ts';
import type {GalleryPart, PicturePart} from './parts.ts';

/** Up to this number of images a picture has captions: the page would be slow to draw more. */
const mostCaptioned = 1000;

/** The pictures of each instance. */
export function galleryParts(all: FiguresById): readonly GalleryPart[] {
  return all.flatMap(([title, figures]) => {
    const pictures = distinct(figures.pictures);
    if (pictures.length === 0) return [];
    const captions = figures.captions.find(
      (one) =>
        one.texts.length <= mostCaptioned &&
        pictures.some(({picture}) => isCaptioned(picture, one)),
    );
    return [
      {
        title,
        captions: captions === undefined ? [] : [captions.texts],
        pictures: pictures.map((one) => picturePart(one, captions)),
      },
    ];
  });
}

function picturePart(
  {name, iteration, picture}: Figures['pictures'][number],
  captions: Captions | undefined,
): PicturePart {
  const {png, width, height} = picture;
  const part = {
    label: words(name),
    iteration,
    url: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
    width,
    height,
  };
  if (captions === undefined || !isCaptioned(picture, captions)) return part;
  const {columns, padding, texts} = captions;
  return {...part, grid: {columns: Math.min(columns, texts.length), padding, captions: 0}};
}

/** Removes duplicates: outputs may repeat a snapshot's picture. */
function distinct(pictures: Figures['pictures']): Figures['pictures'] {
  const snapshots = pictures.filter(({iteration}) => iteration !== undefined);
  const isShown = (png: Uint8Array): boolean =>
    snapshots.some(({picture}) => Buffer.compare(picture.png, png) === 0);
  return [
    ...snapshots,
    ...pictures.filter(({iteration, picture}) => iteration === undefined && !isShown(picture.png)),
  ];
}

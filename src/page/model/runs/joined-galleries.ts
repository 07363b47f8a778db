import {groupBy} from '../../../base/group-by.ts';
import type {GalleryPart, PicturePart} from '../parts.ts';
import {byName, markOf, sharings} from './run-marks.ts';

/** Pictures of an instance with one label. */
interface Kind {
  readonly title: string;
  readonly label: string;
  readonly captions: GalleryPart['captions'];
  readonly pictures: readonly PicturePart[];
}

/** The pictures of several runs, next to each other: a gallery for each instance and label. */
export function joinedGalleries(
  ofRuns: readonly (readonly GalleryPart[])[],
): readonly GalleryPart[] {
  const kinds = ofRuns.map((galleries) => galleries.flatMap(kindsOf));
  return byName(kinds, ({title, label}) => JSON.stringify([title, label])).map((ofKind) => {
    const {title, label} = ofKind.find((kind) => kind !== undefined)!;
    const groups = sharings(ofKind);
    return {
      title: `${title}: ${label}`,
      captions: groups.flatMap(({value: {captions}}) => captions),
      pictures: groups.flatMap(({runs, value: {pictures}}, index) => {
        const of = markOf(runs);
        const before = captionsBefore(groups.slice(0, index));
        return pictures.map((picture) => ({...moved(picture, before), label: of.label, of}));
      }),
    };
  });
}

function kindsOf({title, captions, pictures}: GalleryPart): readonly Kind[] {
  const labels = groupBy(pictures, ({label}) => label);
  return Array.from(labels, ([label, some]) => ({title, label, captions, pictures: some}));
}

function captionsBefore(groups: readonly {readonly value: Kind}[]): number {
  return groups.reduce((sum, {value: {captions}}) => sum + captions.length, 0);
}

/** A picture whose captions come after those of others. */
function moved(picture: PicturePart, by: number): PicturePart {
  const {grid} = picture;
  return grid === undefined ? picture : {...picture, grid: {...grid, captions: grid.captions + by}};
}

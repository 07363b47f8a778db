import type {GalleryPart, PicturePart} from '../../model/parts.ts';

/** A caption, over neighbouring images of a row that have the same. */
export interface Caption {
  readonly text: string;
  /** Number of images. */
  readonly span: number;
}

/** The captions of the images in a picture of a gallery. */
export function captionsOf(
  {grid}: PicturePart,
  captions: GalleryPart['captions'],
): readonly string[] {
  return (grid && captions[grid.captions]) ?? [];
}

/** The captions of the rows of a grid. */
export function captionRows(
  texts: readonly string[],
  columns: number,
): readonly (readonly Caption[])[] {
  return Array.from({length: Math.ceil(texts.length / columns)}, (_, row) =>
    joined(texts.slice(row * columns, (row + 1) * columns)),
  );
}

/** The captions of all images in a sentence, of at most `most` groups: `3 × circle, 3 × square`. */
export function captionText(texts: readonly string[], most: number): string {
  const all = joined(texts);
  const shown = all.slice(0, most).map(({text, span}) => (span === 1 ? text : `${span} × ${text}`));
  const more = all.length > shown.length ? ` and ${all.length - shown.length} more` : '';
  return shown.join(', ') + more;
}

function joined(texts: readonly string[]): readonly Caption[] {
  const groups: Caption[] = [];
  for (const text of texts) {
    const last = groups.at(-1);
    if (last?.text === text) groups.splice(-1, 1, {text, span: last.span + 1});
    else groups.push({text, span: 1});
  }
  return groups;
}

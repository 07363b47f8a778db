import type {CSSProperties, JSX} from 'preact';
import {Swatch} from '../charts/swatch.tsx';
import {useDialog} from '../dialog.ts';
import {fileName, Save} from '../take.tsx';
import type {GalleryPart, PicturePart} from '../../model/parts.ts';
import {captionsOf, captionText} from './caption-rows.ts';
import {Captioned} from './captioned.tsx';

/** A picture, with its neighbours. */
export interface Enlarged {
  readonly title: string;
  readonly captions: GalleryPart['captions'];
  readonly pictures: readonly PicturePart[];
  readonly index: number;
}

/** One picture over the whole page. Arrow keys go to its neighbours, Escape closes it. */
export function Lightbox({
  large,
  onMove,
}: {
  large: Enlarged | undefined;
  onMove: (large: Enlarged | undefined) => void;
}): JSX.Element {
  const dialog = useDialog(large !== undefined);
  const step = (by: number): void => large && onMove(stepped(large, by));
  const picture = large?.pictures[large.index];
  return (
    <dialog
      ref={dialog}
      class="lightbox"
      aria-label={picture === undefined ? 'Picture' : `${large!.title}: ${picture.label}`}
      onClose={() => onMove(undefined)}
      onKeyDown={({key}) => {
        if (key === 'ArrowRight') step(1);
        if (key === 'ArrowLeft') step(-1);
      }}
    >
      {picture !== undefined && (
        <>
          <div class="large" style={largeStyle(picture)}>
            <Captioned
              picture={picture}
              captions={captionsOf(picture, large!.captions)}
              alt={altOf(picture, large!)}
            />
          </div>
          <Caption
            picture={picture}
            file={fileOf(picture, large!)}
            onStep={step}
            onClose={() => dialog.current?.close()}
          />
        </>
      )}
    </dialog>
  );
}

/** A neighbour; after the last picture comes the first. */
function stepped(large: Enlarged, by: number): Enlarged {
  const {length} = large.pictures;
  return {...large, index: (large.index + by + length) % length};
}

function fileOf({label, iteration}: PicturePart, {title}: Enlarged): string {
  return fileName([title, label, iteration ?? ''].join('-'), 'png');
}

/** Number of captions in the text for screen readers. */
const toldCaptions = 200;

function altOf(picture: PicturePart, {title, captions}: Enlarged): string {
  const {label, grid} = picture;
  const texts = captionsOf(picture, captions);
  const shown = grid === undefined ? '' : `: ${captionText(texts, toldCaptions)}`;
  return `${title}: ${label}${shown}`;
}

/** As large as the window allows, but not much smaller than its captions can be read. */
function largeStyle({width, height, grid}: PicturePart): CSSProperties {
  const fitting = (78 * width) / height;
  return {width: `min(88vw, max(${fitting}vh, ${grid === undefined ? 0 : 3.2 * grid.columns}rem))`};
}

function Caption({
  picture: {label, iteration, url, of},
  file,
  onStep,
  onClose,
}: {
  picture: PicturePart;
  file: string;
  onStep: (by: number) => void;
  onClose: () => void;
}): JSX.Element {
  return (
    <div class="caption">
      <button type="button" class="quiet" onClick={() => onStep(-1)} aria-label="Previous picture">
        ←
      </button>
      <p aria-live="polite">
        {of !== undefined && <Swatch colour={of.colour} />}
        {label}
        {iteration !== undefined && <small> iteration {iteration}</small>}
      </p>
      <button type="button" class="quiet" onClick={() => onStep(1)} aria-label="Next picture">
        →
      </button>
      <Save file={file} url={url} />
      <button type="button" class="quiet" onClick={onClose}>
        Close
      </button>
    </div>
  );
}

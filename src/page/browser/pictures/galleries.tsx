import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import type {GalleryPart, PicturePart} from '../../model/parts.ts';
import {captionRows, captionsOf, captionText} from './caption-rows.ts';
import {Captioned} from './captioned.tsx';
import {Swatch} from '../charts/swatch.tsx';
import {useSome} from '../some.tsx';
import {Lightbox, type Enlarged} from './lightbox.tsx';

/** Pictures, each of which can be enlarged; those of snapshots by iteration. */
export function Galleries({galleries}: {galleries: readonly GalleryPart[]}): JSX.Element {
  const [large, setLarge] = useState<Enlarged>();
  const [shown, more] = useSome(galleries, 12);
  return (
    <>
      {shown.map((gallery) => (
        <Gallery key={gallery.title} gallery={gallery} onEnlarge={setLarge} />
      ))}
      {more !== null && <p class="more">{more}</p>}
      <Lightbox large={large} onMove={setLarge} />
    </>
  );
}

function Gallery({
  gallery: {title, captions, pictures},
  onEnlarge,
}: {
  gallery: GalleryPart;
  onEnlarge: (large: Enlarged) => void;
}): JSX.Element {
  const iterations = [...new Set(pictures.flatMap(({iteration}) => iteration ?? []))].sort(
    (a, b) => a - b,
  );
  const [chosen, setChosen] = useState<number>();
  const iteration = chosen ?? iterations.at(-1);
  const shown = pictures.filter((picture) => isShown(picture, pictures, iteration));
  return (
    <article class="card">
      <div class="card-head">
        <h3>{title}</h3>
        <StepChoice steps={iterations} value={iteration} onChange={setChosen} />
      </div>
      <ul class={isBroad(shown) ? 'gallery broad' : 'gallery'}>
        {shown.map((picture, index) => (
          <li key={`${picture.label} ${picture.iteration === undefined}`}>
            <button
              type="button"
              class="picture"
              onClick={() => onEnlarge({title, captions, pictures: shown, index})}
            >
              <Small picture={picture} captions={captionsOf(picture, captions)} />
              <span>
                <span class="hidden">Enlarge </span>
                {picture.of !== undefined && <Swatch colour={picture.of.colour} />}
                {picture.label}
                {picture.iteration !== undefined && <small> iteration {picture.iteration}</small>}
                {picture.grid !== undefined && (
                  <span class="hidden">
                    : {captionText(captionsOf(picture, captions), toldCaptions)}
                  </span>
                )}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </article>
  );
}

/** Whether a picture is the newest of its label at an iteration: runs that are compared may have been drawn at different ones. */
function isShown(
  {label, iteration}: PicturePart,
  pictures: readonly PicturePart[],
  at: number | undefined,
): boolean {
  if (iteration === undefined || at === undefined) return true;
  const known = pictures.flatMap((other) =>
    other.label === label && other.iteration !== undefined && other.iteration <= at
      ? [other.iteration]
      : [],
  );
  return iteration === Math.max(...known);
}

/** Number of captions that screen readers are told of a small picture. */
const toldCaptions = 12;

/** Up to this number of captions, a small picture has them; of more, its images are too small. */
const shownCaptions = 40;

function Small({
  picture,
  captions,
}: {
  picture: PicturePart;
  captions: readonly string[];
}): JSX.Element {
  const {grid, ...plain} = picture;
  const isMany = captionRows(captions, grid?.columns ?? 1).flat().length > shownCaptions;
  return <Captioned picture={isMany ? plain : picture} captions={captions} alt="" />;
}

/** Whether pictures are much wider than high, and so need more space. */
function isBroad(pictures: readonly PicturePart[]): boolean {
  return pictures.every(({width, height}) => width > 4 * height);
}

/** A slider over iterations, if there are several. */
export function StepChoice({
  steps,
  value,
  onChange,
}: {
  steps: readonly number[];
  value: number | undefined;
  onChange: (step: number) => void;
}): JSX.Element | null {
  if (steps.length < 2 || value === undefined) return null;
  return (
    <label class="step">
      iteration {value}
      <input
        type="range"
        min={0}
        max={steps.length - 1}
        value={steps.indexOf(value)}
        aria-valuetext={`iteration ${value}`}
        onInput={({currentTarget}) => onChange(steps[Number(currentTarget.value)]!)}
      />
    </label>
  );
}

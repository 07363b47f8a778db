import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import type {GalleryPart, PicturePart} from '../model/parts.ts';
import {Lightbox, type Enlarged} from './lightbox.tsx';

/** Pictures, each of which can be enlarged; those of snapshots by iteration. */
export function Galleries({galleries}: {galleries: readonly GalleryPart[]}): JSX.Element {
  const [large, setLarge] = useState<Enlarged>();
  return (
    <>
      {galleries.map((gallery) => (
        <Gallery key={gallery.title} gallery={gallery} onEnlarge={setLarge} />
      ))}
      <Lightbox large={large} onMove={setLarge} />
    </>
  );
}

function Gallery({
  gallery: {title, pictures},
  onEnlarge,
}: {
  gallery: GalleryPart;
  onEnlarge: (large: Enlarged) => void;
}): JSX.Element {
  const iterations = [...new Set(pictures.flatMap(({iteration}) => iteration ?? []))];
  const [chosen, setChosen] = useState<number>();
  const iteration = chosen ?? iterations.at(-1);
  const shown = pictures.filter(
    (picture) => picture.iteration === undefined || picture.iteration === iteration,
  );
  return (
    <article class="card">
      <div class="card-head">
        <h3>{title}</h3>
        <StepChoice steps={iterations} value={iteration} onChange={setChosen} />
      </div>
      <ul class={isBroad(shown) ? 'gallery broad' : 'gallery'}>
        {shown.map((picture, index) => (
          <li key={`${picture.label} ${picture.iteration ?? ''}`}>
            <button
              type="button"
              class="picture"
              onClick={() => onEnlarge({title, pictures: shown, index})}
            >
              <img src={picture.url} alt="" width={picture.width} height={picture.height} />
              <span>
                <span class="hidden">Enlarge </span>
                {picture.label}
                {picture.iteration !== undefined && <small> iteration {picture.iteration}</small>}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </article>
  );
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

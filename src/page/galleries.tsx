import type {JSX} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import type {GalleryPart, PicturePart} from '../report/page/parts.ts';

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

/** A picture among those that stand beside it. */
interface Enlarged {
  readonly title: string;
  readonly pictures: readonly PicturePart[];
  readonly index: number;
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
      <ul class="gallery">
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

/** One picture over the whole page. Arrow keys go to its neighbours, Escape closes it. */
function Lightbox({
  large,
  onMove,
}: {
  large: Enlarged | undefined;
  onMove: (large: Enlarged | undefined) => void;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (large !== undefined && dialog.current?.open === false) dialog.current.showModal();
    if (large === undefined) dialog.current?.close();
  }, [large]);
  const step = (by: number): void => {
    if (large === undefined) return;
    const {length} = large.pictures;
    onMove({...large, index: (large.index + by + length) % length});
  };
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
          <img
            src={picture.url}
            alt={`${large!.title}: ${picture.label}`}
            width={picture.width}
            height={picture.height}
          />
          <div class="caption">
            <button
              type="button"
              class="quiet"
              onClick={() => step(-1)}
              aria-label="Previous picture"
            >
              ←
            </button>
            <p aria-live="polite">
              {picture.label}
              {picture.iteration !== undefined && <small> iteration {picture.iteration}</small>}
            </p>
            <button type="button" class="quiet" onClick={() => step(1)} aria-label="Next picture">
              →
            </button>
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}

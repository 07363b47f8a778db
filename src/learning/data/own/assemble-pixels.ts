import {CorruptFile, IncompatibleFile} from '../../../formats/file-fault.ts';
import type {ImageShape, RawSplit} from '../dataset.ts';
import type {LoadedSplits} from '../missing-splits.ts';
import type {PictureSplit, Resize} from '../pictures.ts';
import {joinSplits, pickSplit} from '../splits.ts';
import {assertLabelled, type LabelledPixels} from './labelled-pixels.ts';
import {byteScale, pixelBytes, shapeFor} from './pixel-bytes.ts';
import {pixelShape, type PixelShape} from './pixel-shape.ts';

/** What is wanted of pixels. */
export interface PixelChoice {
  /** What to call all of them in an error. */
  readonly path: string;
  /** The classes by label; absent: all there are, in order. */
  readonly classes?: readonly string[];
  /** What the labels 0, 1 … are called. */
  readonly titles?: readonly string[];
  readonly resize?: Resize;
  readonly warn: (sentence: string) => void;
}

/** Images and labels as splits of bytes. @throws FileFault */
export function assemblePixels(
  parts: readonly LabelledPixels[],
  {path, classes: wanted, titles, resize, warn}: PixelChoice,
): LoadedSplits {
  parts.forEach(assertLabelled);
  const shape = commonShape(parts);
  const scale = byteScale(parts, warn);
  const nameOf = (label: number | string): string =>
    (typeof label === 'number' ? titles?.[label] : undefined) ?? String(label);
  const classes = wanted ?? titles ?? classesOf(parts);
  const labelOf = new Map(classes.map((name, label) => [name, label]));
  const splitOf = (split: PictureSplit): RawSplit | undefined => {
    const members = parts.filter((part) => part.split === split);
    if (members.length === 0) return undefined;
    const splits = members.map((part) => {
      const labels = part.labels.map((label) => labelOf.get(nameOf(label)) ?? -1);
      const stray = wanted ? -1 : labels.indexOf(-1);
      if (stray >= 0) {
        throw new IncompatibleFile(part.name, 'the classes', {
          expected: `those of the training images (${classes.join(', ')})`,
          got: nameOf(part.labels[stray]!),
        });
      }
      const images = pixelBytes(part, {shape, scale, resize});
      const split = {images, labels: Int32Array.from(labels), count: labels.length};
      // Without images of classes that are not wanted.
      return pickSplit(split, (i) => labels[i]! >= 0);
    });
    return joinSplits(splits);
  };
  const train = splitOf('train');
  if (train === undefined || train.count === 0) {
    throw new CorruptFile(path, 'there are no training images');
  }
  return {
    shape: shapeFor(shape, resize),
    classes,
    train,
    test: splitOf('test'),
    heldOut: splitOf('heldOut'),
  };
}

function commonShape(parts: readonly LabelledPixels[]): PixelShape {
  const [first] = parts;
  const shapes = parts.map(({shape, name}) => pixelShape(shape.slice(1), name));
  const text = ({height, width, channels}: ImageShape): string =>
    `${height} × ${width} × ${channels}`;
  for (const [i, {name}] of parts.entries()) {
    const [expected, got] = [text(shapes[0]!), text(shapes[i]!)];
    if (expected === got && shapes[0]!.isPlanar === shapes[i]!.isPlanar) continue;
    throw new IncompatibleFile(name, 'the images', {
      expected: `${expected} as in ${first!.name}`,
      got,
    });
  }
  return shapes[0]!;
}

/** The labels of the training images: numbers in order, or texts in theirs. */
function classesOf(parts: readonly LabelledPixels[]): readonly string[] {
  const labels = new Set(
    parts.filter(({split}) => split === 'train').flatMap(({labels}) => labels),
  );
  const all = [...labels];
  const isNumeric = all.every((label) => typeof label === 'number');
  all.sort((a, b) => (isNumeric ? Number(a) - Number(b) : String(a) < String(b) ? -1 : 1));
  return all.map(String);
}

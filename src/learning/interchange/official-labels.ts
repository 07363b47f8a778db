import {UnsupportedFile} from '../../formats/file-fault.ts';
import type {Tensor} from '../../formats/tensor.ts';
import type {Dataset} from '../data/dataset.ts';
import {joinedNumbers} from '../data/repeated.ts';
import {strayRow, type Targets} from '../data/targets.ts';
import {floatsOf} from './floats-of.ts';

/** The answers that networks should give to the images of a set, as files have them. */
export interface OfficialAnswers {
  /** One class index per image; absent: the files do not say. */
  readonly labels?: Int32Array;
  /** Soft labels; absent: there are none. */
  readonly targets?: Targets;
}

type Of = Pick<Dataset, 'classes' | 'name'>;

/** Labels of any numeric type that are whole numbers: early versions store floats. */
export function labelsOf({shape, data}: Tensor, file: string, {classes, name}: Of): Int32Array {
  if (shape.length !== 1) {
    throw new UnsupportedFile(file, `its labels must be [n], got [${shape.join(', ')}]`);
  }
  const labels = Array.from(data, Number);
  const strange = labels.find(
    (label) => !Number.isInteger(label) || label < 0 || label >= classes.length,
  );
  if (strange === undefined) return Int32Array.from(labels);
  throw new UnsupportedFile(
    file,
    `its labels must be 0 … ${classes.length - 1} for ${name}, got ${strange}`,
  );
}

/**
 * Soft labels [n, classes].
 *
 * @param kind absent: probabilities if all rows are, otherwise logits, as programs store what they learn
 */
export function softLabelsOf(
  tensor: Tensor,
  file: string,
  {classes, name, kind}: Of & {readonly kind?: Targets['kind']},
): Targets {
  const {shape} = tensor;
  if (shape.length !== 2 || shape[1] !== classes.length) {
    const sentence = `its soft labels must be [n, ${classes.length}] for ${name}, got [${shape.join(', ')}]`;
    throw new UnsupportedFile(file, sentence);
  }
  const values = floatsOf(tensor, file);
  if (!values.every(Number.isFinite)) {
    throw new UnsupportedFile(file, 'it has soft labels that are not finite');
  }
  const stray = kind === 'logits' ? 0 : strayRow(values, classes.length);
  if (kind === 'rows' && stray !== undefined) {
    const sentence = `row ${stray} of its soft labels must be numbers from 0 that add up to 1`;
    throw new UnsupportedFile(file, sentence);
  }
  return {kind: stray === undefined ? 'rows' : 'logits', values};
}

/**
 * The answers of several files in order. Labels that only some of them have are left out.
 *
 * @param file a file to name
 * @throws UnsupportedFile if only some of them have soft labels, or soft labels of different kinds
 */
export function joinAnswers(parts: readonly OfficialAnswers[], file: string): OfficialAnswers {
  const labels = parts.flatMap((part) => (part.labels === undefined ? [] : [part.labels]));
  const targets = parts.flatMap((part) => (part.targets === undefined ? [] : [part.targets]));
  const [first] = targets;
  const isMixed = targets.some(({kind}) => kind !== first!.kind);
  if (first !== undefined && (isMixed || targets.length < parts.length)) {
    const sentence = 'soft labels must be in all of the files of a set, and of one kind';
    throw new UnsupportedFile(file, sentence);
  }
  return {
    ...(labels.length === parts.length && {labels: joinedNumbers(labels)}),
    ...(first && {
      targets: {kind: first.kind, values: joinedNumbers(targets.map(({values}) => values))},
    }),
  };
}

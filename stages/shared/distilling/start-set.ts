/** The set that a distillation starts from, if one is given. */
import {decoderText, softPatches, type DecoderForm} from '../../../src/base/decoder-form.ts';
import {StageError} from '../../../src/contract/stage.ts';
import {transformDigestOf} from '../../../src/learning/codecs/transform.ts';
import {
  imagesShape,
  type StoredImages,
  type SyntheticSet,
} from '../../../src/learning/data/synthetic.ts';
import {pickRows, type Targets} from '../../../src/learning/data/targets.ts';
import type {Decoding} from '../../../src/learning/decoders/decoding.ts';
import {labelsPerClass} from '../synthetic-set.ts';
import type {FloatDataset} from '../transformed-dataset.ts';
import type {PlannedSet} from './planned-set.ts';

/**
 * Throws a `StageError` unless the set has the form of the set that the distillation makes, or as many images of each class
 * as its decoder encodes.
 */
export function assertStart(
  set: SyntheticSet,
  dataset: FloatDataset,
  {planned, decoder}: {readonly planned: PlannedSet; readonly decoder: DecoderForm | undefined},
): void {
  if (set.source !== dataset.source || transformDigestOf(set) !== dataset.transformDigest) {
    throw new StageError(
      `The set to start from was made from other images (${set.name}) than those of dataset (${dataset.name}), or ones that were transformed differently.`,
    );
  }
  const [has, needs] = [imagesShape(set), planned.extent];
  if (has.height !== needs.height || has.width !== needs.width) {
    throw new StageError(
      `The images of the set to start from are ${has.height}×${has.width}, but ${needs.height}×${needs.width} are wanted.`,
    );
  }
  if (decoder === undefined || set.stored !== undefined) {
    assertDecoder(set.stored, decoder);
    assertLabels(set, planned.labels, 'ipc says');
    return;
  }
  const labels = labelsPerClass(dataset.classes.length, planned.perClass.real);
  assertLabels(set, labels, `${decoderText(decoder)} stores`);
}

function assertDecoder(stored: StoredImages | undefined, decoder: DecoderForm | undefined): void {
  const [has, wanted] = [decoderText(stored?.decoder), decoderText(decoder)];
  if (has === wanted) return;
  throw new StageError(`The set to start from has ${has}, but ${wanted} is wanted.`);
}

function assertLabels(set: SyntheticSet, labels: Int32Array, why: string): void {
  if (String(set.labels) === String(labels)) return;
  throw new StageError(
    `The set to start from must have ${labels.length} images, as many of each class in a row as ${why}; it has ${set.count}.`,
  );
}

/**
 * The soft labels of the images at the start; `undefined` if there are none. Throws a `StageError` if they are to be learned
 * and are no logits, or if images show several ones of the set to start from.
 */
export function startTargets(
  from: SyntheticSet | undefined,
  {areLearned, decoding}: {readonly areLearned: boolean; readonly decoding: Decoding | undefined},
): Targets | undefined {
  const targets = from?.targets;
  if (areLearned && targets?.kind !== 'logits') throw new StageError(missingLogits(from));
  if (targets === undefined || decoding === undefined || from?.stored !== undefined) return targets;
  const {shownIndex} = decoding;
  if (shownIndex === undefined) throw new StageError(softPatches);
  return {...targets, values: pickRows(targets.values, shownIndex, from!.classes.length)};
}

function missingLogits(from: SyntheticSet | undefined): string {
  const has = from?.targets === undefined ? 'no soft labels' : 'labels that are probabilities';
  return from === undefined
    ? 'Labels are learned as logits: connect start to a set that has them, such as one that the stage type label made.'
    : `Labels are learned as logits, but the set to start from has ${has}: the stage type label gives logits to a set.`;
}

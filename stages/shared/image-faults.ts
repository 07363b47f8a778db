/** What several stage types find wrong before anything runs. A run asks the same again, of the images themselves. */
import type {Json} from '../../src/base/json.ts';
import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {imagesOf, type ImageFacts} from './image-facts.ts';
import {smallestSides} from './network-names.ts';

/** The inputs of a stage that takes a data set, as far as they concern its images. */
interface Inputs {
  readonly dataset: readonly KnownInput[];
  readonly transform?: readonly KnownInput[];
}

/**
 * Raw pixels where networks are to take them, and a transform that is not the one they went through.
 * @param others what else flows in, which may know the right stage
 */
export function datasetFaults(
  {dataset: [dataset], transform: [transform] = []}: Inputs,
  others: readonly (KnownInput | undefined)[] = [],
): readonly Fault[] {
  const facts = imagesOf(dataset);
  if (facts.transform === 'raw') {
    const stages = [transform, ...others].map((input) => imagesOf(input).transformedBy);
    const suggestion = reference(
      stages.find((stage) => stage !== undefined),
      'dataset',
    );
    return [
      {
        input: 'dataset',
        message: `The images of \`${dataset!.instance}\` are raw pixels. Networks take normalised ones: put a zca stage between.`,
        ...suggestion,
      },
    ];
  }
  const differing = differenceOf(facts, imagesOf(transform));
  if (differing === undefined) return [];
  return [
    {
      input: 'transform',
      message: `The transform is not the one of \`dataset\`: ${differing}. Both must come from the same zca stage.`,
      ...reference(facts.transformedBy, 'transform'),
    },
  ];
}

/**
 * Experts in buffers that were trained on other images.
 * @param whose images they should have been trained on
 */
export function expertFaults(
  of: KnownInput | undefined,
  buffers: readonly KnownInput[],
  whose = 'those of `dataset`',
): readonly Fault[] {
  const facts = imagesOf(of);
  for (const [index, buffer] of buffers.entries()) {
    if (buffer === buffers[index - 1]) continue;
    const differing = differenceOf(facts, imagesOf(buffer));
    if (differing === undefined) continue;
    const message = `The experts of \`${buffer.instance}\` were trained on other images than ${whose}: ${differing}. Both must come from the same zca stage.`;
    return [{input: 'buffers', message}];
  }
  return [];
}

/** A synthetic set that was made from other images than those of `dataset`. */
export function setFaults(
  port: string,
  set: KnownInput | undefined,
  dataset: KnownInput | undefined,
): readonly Fault[] {
  const differing = differenceOf(imagesOf(dataset), imagesOf(set));
  if (differing === undefined) return [];
  const message = `The synthetic set of \`${set!.instance}\` was made from other images than those of \`dataset\`: ${differing}. Both must come from the same zca stage.`;
  return [{input: port, message}];
}

/**
 * How the images of two differ, to be put after a colon: `mnist, not cifar10`. `undefined` if they are the same, or if that
 * is not known.
 */
export function differenceOf(expected: ImageFacts, got: ImageFacts): string | undefined {
  if (expected === got) return undefined;
  if (differ(expected.source, got.source)) {
    const [a, b] = [expected.dataset ?? 'others', got.dataset ?? 'others'];
    return a === b ? `${a}, but of another size, or with others held out` : `${b}, not ${a}`;
  }
  if (!differ(expected.transform, got.transform)) return undefined;
  return `transformed ${transformText(got)}, not ${transformText(expected)}`;
}

function transformText({transform, transformedBy}: ImageFacts): string {
  if (transform === 'raw') return 'not at all';
  return transformedBy === undefined ? 'otherwise' : `by \`${transformedBy}\``;
}

function differ(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return false;
  return JSON.stringify(a) !== JSON.stringify(b);
}

/** A network that is too deep for the images it is to take. */
export function networkFaults(
  model: string,
  {side, channels, dataset = 'dataset'}: ImageFacts,
): readonly Fault[] {
  const smallest = smallestSide(model, channels);
  if (side === undefined || smallest === undefined || side >= smallest) return [];
  const [, width = ''] = /^ConvNetD\d(W\d+)?$/.exec(model) ?? [];
  const depths = [8, 7, 6, 5, 4, 3, 2, 1].map((depth) => `ConvNetD${depth}${width}`);
  const fitting = depths.find((name) => smallestSide(name, channels)! <= side);
  return [
    {
      param: 'model',
      message: `${model} is too deep for the ${side}×${side} images of ${dataset}: it takes images of ${smallest}×${smallest} and larger.`,
      ...(model.startsWith('ConvNetD') && fitting !== undefined && {suggestion: fitting}),
    },
  ];
}

function smallestSide(model: string, channels: number | undefined): number | undefined {
  const sides = smallestSides[model];
  if (sides === undefined) return undefined;
  return channels === undefined ? Math.min(...sides) : sides[channels === 1 ? 0 : 1];
}

/** More real images of a class than the smallest class can have. */
export function classFaults(
  param: string,
  ipc: number,
  {images, classes, dataset = 'dataset'}: ImageFacts,
): readonly Fault[] {
  if (images === undefined || classes === undefined) return [];
  const most = Math.floor(images / classes);
  if (ipc <= most) return [];
  return [
    {
      param,
      message: `${ipc} real images of each class are wanted, but ${dataset} has ${images} training images of ${classes} classes: at most ${most} of each.`,
    },
  ];
}

/** `stage.output`, if the stage has one instance and is not within another. */
function reference(stage: string | undefined, output: string): {suggestion?: string} {
  return stage === undefined || /[[/]/.test(stage) ? {} : {suggestion: `${stage}.${output}`};
}

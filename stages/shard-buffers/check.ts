import type {Json} from '../../src/base/json.ts';
import type {Given} from '../../src/contract/contract.ts';
import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {factsOf, imagesOf, type ExpertFacts} from '../shared/image-facts.ts';
import {differenceOf} from '../shared/image-faults.ts';

type Asked = Given<object, 'experts'>;

/** Those of the first stand for all: experts of several kinds are a fault. */
export function facts({inputs: {experts}}: Asked): ExpertFacts {
  return {data: imagesOf(experts[0]), ...factsOf<ExpertFacts>(experts[0])};
}

export function check({inputs: {experts}}: Asked): readonly Fault[] {
  const [first] = experts;
  for (const expert of experts) {
    const differing = differingOf(first!, expert);
    if (differing === undefined) continue;
    const message = `Experts in one buffer must be of one kind, but \`${first!.instance}\` and \`${expert.instance}\` differ in ${differing}.`;
    return [{input: 'experts', message}];
  }
  return [];
}

function differingOf(first: KnownInput, other: KnownInput): string | undefined {
  if (first === other) return undefined;
  const expected = factsOf<ExpertFacts>(first);
  const got = factsOf<ExpertFacts>(other);
  for (const name of compared) {
    const [a, b] = [expected[name], got[name]];
    if (a !== undefined && b !== undefined && a !== b) return `${name}: ${a} and ${b}`;
  }
  const images = differenceOf(expected.data ?? {}, got.data ?? {});
  return images === undefined ? settingOf(first, other) : `their images: ${images}`;
}

const compared = ['model', 'epochs', 'precision'] as const;

/** The parameters of `train-expert` that change how an expert goes or what is kept, and are not among its facts. */
export const trainingSettings = [
  'batch',
  'learningRate',
  'decay',
  'momentum',
  'weightDecay',
  'flat',
  'augmentation',
  'augmentationMode',
  'siamese',
  'images',
  'orderSeed',
  'line',
] as const;

/** The first setting of their training that differs. */
function settingOf(first: KnownInput, other: KnownInput): string | undefined {
  if (first.type !== 'train-expert' || other.type !== first.type) return undefined;
  // There may be thousands of experts: names that are written out are looked up quickly.
  for (const name of trainingSettings) {
    const [a, b] = [first.params[name], other.params[name]];
    if (a !== b && shown(a) !== shown(b)) return `${name}: ${shown(a)} and ${shown(b)}`;
  }
  // With different numbers of epochs the same ones may be kept.
  const [a, b] = [first.params['epochs'], other.params['epochs']];
  return a === b ? undefined : `epochs: ${shown(a)} and ${shown(b)}`;
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'left out' : JSON.stringify(value);
}

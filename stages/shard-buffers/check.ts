import type {Given} from '../../src/contract/contract.ts';
import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {
  differingParam,
  expertCount,
  factsOf,
  imagesOf,
  trainingSettings,
  type ExpertFacts,
} from '../shared/image-facts.ts';
import {differenceOf} from '../shared/image-faults.ts';

type Asked = Given<object, 'experts'>;

/** Those of the first stand for all: experts of several kinds are a fault. */
export function facts({inputs: {experts}}: Asked): ExpertFacts {
  const {experts: _, ...first} = factsOf<ExpertFacts>(experts[0]);
  const count = expertCount(experts);
  return {data: imagesOf(experts[0]), ...first, ...(count !== undefined && {experts: count})};
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

/** With different numbers of epochs the same ones may be kept, so they are compared last. */
const settings = [...trainingSettings, 'epochs'];

/** The first setting of their training that differs. */
function settingOf(first: KnownInput, other: KnownInput): string | undefined {
  if (first.type !== 'train-expert' || other.type !== first.type) return undefined;
  const differing = differingParam(settings, first.params, other.params);
  return differing && `${differing.name}: ${differing.first} and ${differing.other}`;
}

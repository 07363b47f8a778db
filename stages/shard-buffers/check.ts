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
  const [expected, got] = [first, other].map((of) => factsOf<ExpertFacts>(of));
  for (const name of ['model', 'epochs', 'precision'] as const) {
    const [a, b] = [expected![name], got![name]];
    if (a !== undefined && b !== undefined && a !== b) return `${name}: ${a} and ${b}`;
  }
  const images = differenceOf(imagesOf(first), imagesOf(other));
  return images === undefined ? settingOf(first, other) : `their images: ${images}`;
}

/** What does not change how an expert of `train-expert` goes, and what was compared by then. */
const otherParams = new Set(['model', 'seed', 'testImages', 'keep', 'precision']);

/** The first setting of their training that differs. */
function settingOf(first: KnownInput, other: KnownInput): string | undefined {
  if (first.type !== 'train-expert' || other.type !== first.type) return undefined;
  for (const {params} of [first, other]) {
    for (const name of Object.keys(params)) {
      const [a, b] = [first.params[name], other.params[name]];
      if (a !== b && !otherParams.has(name)) return `${name}: ${shown(a)} and ${shown(b)}`;
    }
  }
  return undefined;
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'left out' : String(value);
}

import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {imagesOf, type SetFacts} from '../shared/image-facts.ts';
import {datasetFaults} from '../shared/image-faults.ts';
import {localPaths} from '../shared/local-paths.ts';

type Asked = Given<{readonly source: string}, 'dataset' | 'transform'>;

/** How many pictures there are stands in the folder. */
export function facts({inputs}: Asked): SetFacts {
  return {data: imagesOf(inputs.dataset[0]), targets: 'none', decoder: 'none'};
}

/** The pictures may change. */
export function reads({source}: {readonly source: string}): readonly string[] {
  return localPaths(source);
}

export function check({params: {source}, inputs}: Asked): readonly Fault[] {
  const faults = datasetFaults(inputs);
  if (localPaths(source).length > 0) return faults;
  const suggestion = source.startsWith('/') ? {suggestion: `file://${encodeURI(source)}`} : {};
  const message = `The pictures are given by their whole path after file://, got ${JSON.stringify(source)}.`;
  return [...faults, {param: 'source', message, ...suggestion}];
}

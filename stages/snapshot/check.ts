import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {factsOf, imagesOf, type KnownSnapshots, type SetFacts} from '../shared/image-facts.ts';

type Asked = Given<{readonly iteration: number}, 'snapshots'>;

export function facts({params: {iteration}, inputs: {snapshots}}: Asked): SetFacts {
  const [first] = snapshots;
  return {data: imagesOf(first), ...factsOf<SetFacts>(first), snapshots: {last: iteration}};
}

export function check({params: {iteration}, inputs}: Asked): readonly Fault[] {
  const makers = [...new Set(inputs.snapshots)];
  const known = makers.map((maker) => factsOf<SetFacts>(maker).snapshots);
  if (known.some((kept) => kept === undefined || isAmong(iteration, kept))) return [];
  const there = known.map((kept) => shown(kept!)).join(', ');
  const message = `There is no snapshot of iteration ${iteration}; there are those of ${there}. The parameter \`snapshots\` of \`${makers[0]!.instance}\` says which are kept.`;
  return [{param: 'iteration', message}];
}

function isAmong(iteration: number, {at = [], every, last}: KnownSnapshots): boolean {
  if (iteration === last || at.includes(iteration)) return true;
  return every !== undefined && iteration <= last && iteration % every === 0;
}

/** `0, 5, 10`; of very many the first three and the last. */
function shown({at = [], every, last}: KnownSnapshots): string {
  const first = every === undefined ? at : [0, every, 2 * every].filter((one) => one <= last);
  const listed = [...new Set([...first, last])].sort((a, b) => a - b);
  const isWhole = every === undefined || 3 * every >= last;
  return isWhole ? listed.join(', ') : `${listed.slice(0, -1).join(', ')} … ${last}`;
}

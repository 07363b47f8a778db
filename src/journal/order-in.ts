import {stageOf} from '../pipeline/graph/stage-of.ts';
import type {InstanceAccount, RunAccount} from './run-account.ts';

/** Names with numbers in the order of the numbers: `expert[seed=2]` before `expert[seed=10]`. */
const collator = new Intl.Collator('en', {numeric: true});

/** The order in which instances are shown, whenever they began: that of the stages and of the matrix, as far as the journal has it. */
export function orderIn({
  planned,
}: Pick<RunAccount, 'planned'>): (a: InstanceAccount, b: InstanceAccount) => number {
  const places = placesIn(planned?.instances);
  const stages = placesIn(planned?.stages);
  const stagePlace = (id: string): number => stages.get(stageOf(id)) ?? stages.size;
  return (a, b) => {
    const [one, other] = [places.get(a.id), places.get(b.id)];
    if (one !== undefined && other !== undefined) return one - other;
    return stagePlace(a.id) - stagePlace(b.id) || collator.compare(a.id, b.id);
  };
}

function placesIn(
  graph: {readonly nodes: readonly (readonly [string, unknown])[]} | undefined,
): ReadonlyMap<string, number> {
  return new Map(graph?.nodes.map(([name], place) => [name, place]));
}

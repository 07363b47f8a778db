/** What keeps a distillation from going on from the state of a shorter one, before anything runs. */
import type {Json, JsonObject} from '../../../src/base/json.ts';
import type {Fault, KnownInput} from '../../../src/contract/facts.ts';
import {differingParam, factsOf, imagesOf, type SetFacts} from '../image-facts.ts';
import {differenceOf} from '../image-faults.ts';

/** The parameters in which a distillation may differ from the one that it goes on from. */
const freeParameters: ReadonlySet<string> = new Set([
  'iterations',
  'networks', // of DC, whose iterations follow from it
  'snapshots',
  'pictures',
  'keepState',
]);

/** As much of the parameters as says how far a distillation goes. */
interface Extent {
  readonly iterations: number;
  readonly snapshots: Json;
}

export function stateFaults(
  params: Extent & object,
  [state]: readonly KnownInput[],
  dataset: KnownInput | undefined,
): readonly Fault[] {
  if (state === undefined) return [];
  const {snapshots, data = {}} = factsOf<SetFacts>(state);
  // Of a file of the user's nothing is known.
  if (snapshots === undefined) return [];
  const {last: done} = snapshots;
  const early = Array.isArray(params.snapshots)
    ? Math.min(...(params.snapshots as readonly number[]))
    : 0;
  if (done > params.iterations) {
    return [ofState(`\`${state.instance}\` has ${done} iterations, got ${params.iterations}.`)];
  }
  if (early < done) {
    const message = `The snapshot ${early} is from before the ${done} iterations of the state: it is one of \`${state.instance}\`.`;
    return [ofState(message)];
  }
  const images = differenceOf(imagesOf(dataset), data);
  if (images !== undefined) {
    return [ofState(`The state of \`${state.instance}\` is of other images: ${images}.`)];
  }
  return parameterFaults({...params}, state);
}

function parameterFaults(params: JsonObject, state: KnownInput): readonly Fault[] {
  const names = new Set([...Object.keys(params), ...Object.keys(state.params)]);
  const fixed = [...names].filter((name) => !freeParameters.has(name));
  const differing = differingParam(fixed, params, state.params);
  if (differing === undefined) return [];
  const {name, first, other} = differing;
  return [ofState(`\`${state.instance}\` has another ${name}: ${other}, not ${first}.`)];
}

function ofState(message: string): Fault {
  return {input: 'state', message};
}

import {groupBy} from '../base/group-by.ts';
import {isMade} from '../contract/contract.ts';
import {Computations} from '../pipeline/graph/duplicates.ts';
import type {Instance, InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import {canGoOn, lowerIn, valueOf} from './going-on.ts';
import type {Reason} from './verdict.ts';

/**
 * The instances of a graph that can go on from each other's results: they compute the same but for the parameter by
 * which their contract goes on. That one waits for another costs hardly any time, since it then has less to do.
 */
export class LowerInstances {
  readonly #graph: InstanceGraph;
  #families: ReadonlyMap<InstanceId, readonly Instance[]> | undefined;

  constructor(graph: InstanceGraph) {
    this.#graph = graph;
  }

  /** Whether no instance can go on from another. */
  get isEmpty(): boolean {
    this.#families ??= familiesOf(this.#graph);
    return this.#families.size === 0;
  }

  /** Those whose results have less of what an instance makes, the one with the highest value first. */
  of(instance: Instance): readonly Instance[] {
    const {contract} = instance.type;
    const {goesOn} = contract;
    if (goesOn === undefined) return [];
    this.#families ??= familiesOf(this.#graph);
    const family = this.#families.get(instance.id) ?? [];
    return family.filter(
      (other) =>
        valueOf(other) < valueOf(instance) &&
        isMade(contract.outputs[goesOn.output]!, other.params),
    );
  }

  /**
   * The one for which an instance waits; `undefined`: none has more than the stored result from which it would go on.
   * @param reasons those of its verdict
   * @param isAwaited whether another may give a result that is not stored yet
   */
  awaitedBy(
    instance: Instance,
    reasons: readonly Reason[],
    isAwaited: (id: InstanceId) => boolean,
  ): Instance | undefined {
    if (reasons.some(({kind}) => kind === 'forced')) return undefined;
    const from = lowerIn(reasons)?.from ?? Number.NEGATIVE_INFINITY;
    const others = this.of(instance).filter(
      (other) => valueOf(other) > from && isAwaited(other.id),
    );
    if (others.length === 0) return undefined;
    const {type, params} = instance;
    const inputs = sourcesOf(instance);
    return others.find((other) => canGoOn(type.contract, {params, inputs}, other.params));
  }
}

/** The families with more than one value, by each of their instances. */
function familiesOf(graph: InstanceGraph): ReadonlyMap<InstanceId, readonly Instance[]> {
  const able = [...graph.instances.values()].filter(({type: {contract}, inputs}) => {
    return contract.goesOn !== undefined && inputs[contract.goesOn.input]?.length === 0;
  });
  const families = new Map<InstanceId, readonly Instance[]>();
  const ofTypes = groupBy(able, ({type}) => type.contract.type);
  // Most graphs have one value for each stage type: nothing else has to be compared in these.
  if ([...ofTypes.values()].every(hasOneValue)) return families;
  const computations = new Computations(graph);
  const familyOf = (instance: Instance): string => {
    const {by} = instance.type.contract.goesOn!;
    // No engine goes on from the result of another, and a GPU has its own.
    const {gpu, device} = instance.resources;
    const place = [gpu !== undefined, device !== undefined].join();
    return place + computations.textOf(instance, {...instance.params, [by]: null});
  };
  for (const family of groupBy(able, familyOf).values()) {
    if (hasOneValue(family)) continue;
    const highestFirst = family.toSorted((a, b) => valueOf(b) - valueOf(a));
    for (const {id} of family) families.set(id, highestFirst);
  }
  return families;
}

function hasOneValue(instances: readonly Instance[]): boolean {
  return instances.every((instance) => valueOf(instance) === valueOf(instances[0]!));
}

/** The instances that an instance takes its inputs from, by port. */
function sourcesOf({inputs}: Instance): Readonly<Record<string, readonly InstanceId[]>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([port, refs]) => [port, refs.map((ref) => ref.instance)]),
  );
}

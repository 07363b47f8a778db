import {canonicalJson} from '../../base/canonical-json.ts';
import type {Instance, InstanceGraph, InstanceId, OutputRef} from './instance.ts';

/**
 * For each instance the first one of the graph that computes the same, often itself: of one stage type, with the same
 * parameters, from the same. Whatever the bytes turn out to be, their results have one key.
 */
export function firstOfDuplicates(graph: InstanceGraph): ReadonlyMap<InstanceId, InstanceId> {
  const firstOf = new Map<InstanceId, InstanceId>();
  const byMeaning = new Map<string, InstanceId>();
  const sources = new Sources(firstOf);
  for (const instance of graph.instances.values()) {
    const meaning = meaningOf(instance, sources);
    const first = byMeaning.get(meaning);
    if (first === undefined) byMeaning.set(meaning, instance.id);
    firstOf.set(instance.id, first ?? instance.id);
  }
  return firstOf;
}

function meaningOf({type, params, inputs, environment}: Instance, sources: Sources): string {
  const from = Object.entries(inputs).map(([port, refs]) => [port, sources.of(refs)]);
  const given = canonicalJson([params, environment?.identity ?? {}, type.plugin?.identity ?? null]);
  return JSON.stringify([type.contract.type, given, from]);
}

/** Numbers what instances take in, equal numbers for the same: a list may be long and shared by many. */
class Sources {
  readonly #firstOf: ReadonlyMap<InstanceId, InstanceId>;
  readonly #byText = new Map<string, number>();
  readonly #byList = new Map<readonly OutputRef[], number>();

  constructor(firstOf: ReadonlyMap<InstanceId, InstanceId>) {
    this.#firstOf = firstOf;
  }

  /** @param refs to instances of which it is known whether they are firstOfDuplicates */
  of(refs: readonly OutputRef[]): number {
    let number = this.#byList.get(refs);
    if (number === undefined) {
      const text = JSON.stringify(
        refs.map(({instance, output}) => [this.#firstOf.get(instance)!, output]),
      );
      number = this.#byText.get(text) ?? this.#byText.size;
      this.#byText.set(text, number);
      this.#byList.set(refs, number);
    }
    return number;
  }
}

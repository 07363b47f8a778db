import {canonicalJson} from '../../base/canonical-json.ts';
import {
  surroundingsOf,
  type Instance,
  type InstanceGraph,
  type InstanceId,
  type OutputRef,
} from './instance.ts';

/**
 * Maps each instance to the first one of the graph with the same computation, often itself: the same stage type and
 * parameters, on the same inputs. Whatever their bytes will be, their results have the same key.
 */
export function firstOfDuplicates(graph: InstanceGraph): ReadonlyMap<InstanceId, InstanceId> {
  return new Computations(graph).firstOf;
}

/** Tells which instances of a graph compute the same. */
export class Computations {
  /** Each instance, and the first one with the same computation, often itself. */
  readonly firstOf: ReadonlyMap<InstanceId, InstanceId>;
  readonly #sources: Sources;

  constructor(graph: InstanceGraph) {
    const firstOf = new Map<InstanceId, InstanceId>();
    const byText = new Map<string, InstanceId>();
    this.firstOf = firstOf;
    this.#sources = new Sources(firstOf);
    for (const instance of graph.instances.values()) {
      const text = this.textOf(instance);
      const first = byText.get(text);
      if (first === undefined) byText.set(text, instance.id);
      firstOf.set(instance.id, first ?? instance.id);
    }
  }

  /** A text that two instances of the graph share if they compute the same. */
  textOf(instance: Instance, params = instance.params): string {
    const {type, inputs} = instance;
    const from = Object.entries(inputs).map(([port, refs]) => [port, this.#sources.of(refs)]);
    const given = canonicalJson([params, surroundingsOf(instance), type.plugin?.identity ?? null]);
    return JSON.stringify([type.contract.type, given, from]);
  }
}

/** Numbers lists of inputs, with equal numbers for equal lists: a list may be long and shared by many instances. */
class Sources {
  readonly #firstOf: ReadonlyMap<InstanceId, InstanceId>;
  readonly #byText = new Map<string, number>();
  readonly #byList = new Map<readonly OutputRef[], number>();

  constructor(firstOf: ReadonlyMap<InstanceId, InstanceId>) {
    this.#firstOf = firstOf;
  }

  /** @param refs references to instances that have been numbered */
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

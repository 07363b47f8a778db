import type {JsonObject} from '../../base/json.ts';
import type {Contract} from '../../contract/contract.ts';
import type {Facts, KnownInput, KnownInputs} from '../../contract/facts.ts';
import type {Instance, InstanceId, OutputRef} from './instance.ts';

type Made = Pick<Instance, 'id' | 'type' | 'params' | 'inputs'>;

/** What is known of results before they are made. To be told of instances in topological order. */
export class KnownResults {
  readonly #known = new Map<InstanceId, KnownInput>();
  /** Many instances may share a list of references, which may be long; and all that flows in. */
  readonly #lists = new Map<readonly OutputRef[], readonly KnownInput[]>();
  #last: {readonly refs: Instance['inputs']; readonly known: KnownInputs} | undefined;

  /** Adds an instance. */
  add({id, type: {contract}, params, inputs}: Made): void {
    const facts = factsOf(contract, {instance: id, params, inputs: this.inputsOf(inputs)});
    this.#known.set(id, {instance: id, type: contract.type, params, facts});
  }

  /** What is known of what flows in. */
  inputsOf(refs: Instance['inputs']): KnownInputs {
    if (this.#last?.refs !== refs) {
      const known: Record<string, readonly KnownInput[]> = {};
      for (const port of Object.keys(refs)) known[port] = this.#listOf(refs[port]!);
      this.#last = {refs, known};
    }
    return this.#last.known;
  }

  #listOf(refs: readonly OutputRef[]): readonly KnownInput[] {
    let list = this.#lists.get(refs);
    if (list === undefined) {
      list = refs.map(({instance}) => this.#known.get(instance) ?? unknown(instance));
      if (refs.length > 1) this.#lists.set(refs, list);
    }
    return list;
  }
}

const nothing: Facts = {};

function factsOf(
  contract: Contract,
  given: {readonly instance: string; readonly params: JsonObject; readonly inputs: KnownInputs},
): Facts {
  if (contract.facts === undefined) return nothing;
  const facts: unknown = contract.facts(given);
  if (typeof facts === 'object' && facts !== null) return facts as Facts;
  throw new TypeError('`facts` gives no object');
}

/** A file of the user's, or what a stage with mistakes makes. */
function unknown(instance: InstanceId): KnownInput {
  return {instance, type: 'file', params: {}, facts: nothing};
}

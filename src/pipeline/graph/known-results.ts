import type {Contract} from '../../contract/contract.ts';
import type {Facts, KnownInput, KnownInputs} from '../../contract/facts.ts';
import type {Instance, InstanceId, OutputRef} from './instance.ts';

type Made = Pick<Instance, 'id' | 'type' | 'params' | 'inputs'> &
  Partial<Pick<Instance, 'resources'>>;

/** An instance as contracts see it. */
export type KnownInstance = Parameters<NonNullable<Contract['check']>>[0];

/** What is known of results before they are made. To be told of instances in topological order. */
export class KnownResults {
  readonly #known = new Map<InstanceId, KnownInput>();
  /** Many instances may share a list of references, which may be long; and all that flows in. */
  readonly #lists = new Map<readonly OutputRef[], readonly KnownInput[]>();
  #last: {readonly refs: Instance['inputs']; readonly known: KnownInputs} | undefined;

  /**
   * Adds an instance, and gives it as its contract's check sees it.
   * @param found facts that replace those of the contract
   */
  add({id, type: {contract}, params, inputs, resources}: Made, found?: Facts): KnownInstance {
    const {gpu: gpus = 0} = resources ?? {};
    const given = {
      instance: id,
      params,
      inputs: this.inputsOf(inputs),
      ...(gpus >= 1 && {gpus}),
    };
    const facts = found ?? checked(contract.facts?.(given) ?? nothing);
    this.#known.set(id, {instance: id, type: contract.type, params, facts});
    return given;
  }

  /** What is known of what flows in. */
  inputsOf(refs: Instance['inputs']): KnownInputs {
    if (this.#last === undefined || !isSame(this.#last.refs, refs)) {
      const known: Record<string, readonly KnownInput[]> = {};
      for (const port of Object.keys(refs)) known[port] = this.#listOf(refs[port]!);
      this.#last = {refs, known};
    }
    return this.#last.known;
  }

  #listOf(refs: readonly OutputRef[]): readonly KnownInput[] {
    if (refs.length === 0) return none;
    let list = this.#lists.get(refs);
    if (list === undefined) {
      list = refs.map(({instance}) => this.#known.get(instance) ?? unknown(instance));
      if (refs.length > 1) this.#lists.set(refs, list);
    }
    return list;
  }
}

/** Whether the same flows in, as it does at many points of a matrix. */
function isSame(a: Instance['inputs'], b: Instance['inputs']): boolean {
  if (a === b) return true;
  const ports = Object.keys(b);
  if (Object.keys(a).length !== ports.length) return false;
  return ports.every((port) => {
    const [before, now] = [a[port], b[port]!];
    return before === now || (before?.length === 0 && now.length === 0);
  });
}

const none: readonly KnownInput[] = [];
const nothing: Facts = {};

function checked(facts: unknown): Facts {
  if (typeof facts === 'object' && facts !== null) return facts as Facts;
  throw new TypeError('`facts` gives no object');
}

/** A file of the user's, or what a stage with mistakes makes. */
function unknown(instance: InstanceId): KnownInput {
  return {instance, type: 'file', params: {}, facts: nothing};
}

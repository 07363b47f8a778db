import type {Digest} from '../base/digest.ts';
import {canonicalJson} from '../base/canonical-json.ts';
import type {Json, JsonObject} from '../base/json.ts';
import {ownProperty} from '../base/own-property.ts';
import type {Cost, CostModel} from '../contract/cost.ts';
import type {Facts, KnownInput, KnownInputs} from '../contract/facts.ts';
import {validateParams} from '../contract/validate-params.ts';
import type {Instance, InstanceGraph, OutputRef} from '../pipeline/graph/instance.ts';
import type {Store} from '../store/layout.ts';
import type {Key} from '../store/records/record.ts';
import {attemptEstimate} from './attempt-estimate.ts';
import type {FoundFacts} from './found-facts.ts';
import type {History} from './history.ts';
import {inputsOfRest} from './going-on.ts';
import {Makers} from './makers.ts';
import type {StoredResult} from './stored-results.ts';

/** Limit of the results of a stage type among which the maker of an input is looked for, newest first. */
const maxSearched = 1000;

/**
 * What stored results cost by their models. The facts of what flowed into a result are found as those of an instance are: its inputs
 * are traced to the results that gave them, which are of the same stage types as what flows into the instance.
 */
export class PastCosts {
  readonly #graph: Pick<InstanceGraph, 'instances'>;
  readonly #models: ReadonlyMap<string, CostModel>;
  readonly #found: FoundFacts | undefined;
  readonly #history: History;
  readonly #costs = new Map<Key, Cost | undefined>();
  readonly #known = new Map<Key, KnownInput | undefined>();
  readonly #likes = new Map<readonly OutputRef[], readonly Instance[]>();
  readonly #makers: Makers;

  constructor(given: {
    readonly graph: Pick<InstanceGraph, 'instances'>;
    readonly store: Store;
    readonly history: History;
    readonly models: ReadonlyMap<string, CostModel> | undefined;
    readonly found?: FoundFacts | undefined;
  }) {
    this.#found = given.found;
    this.#history = given.history;
    this.#graph = given.graph;
    this.#makers = new Makers(given.store, given.history, maxSearched);
    this.#models = given.models ?? new Map<string, CostModel>();
  }

  /**
   * The cost of a result of an instance's stage type; `undefined`: not known, for example because a result that flowed into it is gone,
   * or because its contract has changed.
   * @param goesOnFrom the key of the result that it went on from. Absent: it began anew
   */
  costOf(past: StoredResult, instance: Instance, goesOnFrom?: Json): Cost | undefined {
    const {key} = past;
    if (!this.#costs.has(key)) {
      const cost = attemptEstimate(() => this.#modelCost(past, instance, goesOnFrom));
      this.#costs.set(key, cost);
    }
    return this.#costs.get(key);
  }

  #modelCost(past: StoredResult, instance: Instance, goesOnFrom?: Json): Cost | undefined {
    const params = paramsOf(past, instance);
    const own = params && this.#inputsOf(past, instance);
    const known = own && this.#inputsOfRest(own, instance, goesOnFrom);
    if (params === undefined || known === undefined) return undefined;
    const model = this.#models.get(instance.type.contract.type);
    return model?.(params, known, this.#foundOf(params, instance));
  }

  /** The inputs of a result with the one that it went on from, if it did; `undefined`: that one is gone. */
  #inputsOfRest(own: KnownInputs, instance: Instance, from?: Json): KnownInputs | undefined {
    if (from === undefined) return own;
    const {contract} = instance.type;
    const lower = this.#history.find(contract.type, from as Key);
    const params = lower && paramsOf(lower, instance);
    if (contract.goesOn === undefined || params === undefined) return undefined;
    return inputsOfRest(contract, params, own);
  }

  /** What was found of an instance is taken to hold for a result with its parameters: files seldom change much in between. */
  #foundOf(params: JsonObject, {id, params: now}: Instance): Facts | undefined {
    const found = this.#found?.get(id);
    return found && canonicalJson(params) === canonicalJson(now) ? found : undefined;
  }

  #inputsOf({fingerprint}: StoredResult, {inputs}: Instance): KnownInputs | undefined {
    const known: Record<string, readonly KnownInput[]> = {};
    for (const [port, refs] of Object.entries(inputs)) {
      const likes = this.#differing(refs);
      const flowing: KnownInput[] = [];
      for (const digest of ownProperty(fingerprint.inputs, port) ?? []) {
        const input = this.#inputOf(digest, likes);
        if (input === undefined) return undefined;
        flowing.push(input);
      }
      known[port] = flowing;
    }
    return known;
  }

  /** The first instance of each stage type. */
  #differing(refs: readonly OutputRef[]): readonly Instance[] {
    let likes = this.#likes.get(refs);
    if (likes === undefined) {
      const first = new Map<string, Instance>();
      for (const {instance: id} of refs) {
        const instance = this.#graph.instances.get(id);
        const type = instance?.type.contract.type;
        if (type !== undefined && !first.has(type)) first.set(type, instance!);
      }
      likes = [...first.values()];
      this.#likes.set(refs, likes);
    }
    return likes;
  }

  /** @param likes what the instance takes there */
  #inputOf(digest: Digest, likes: readonly Instance[]): KnownInput | undefined {
    for (const like of likes) {
      if (like.file !== undefined) return {instance: like.id, type: 'file', params: {}, facts: {}};
      const maker = this.#makers.find(like.type.contract.type, digest);
      if (maker === undefined) continue;
      if (!this.#known.has(maker.key)) this.#known.set(maker.key, this.#madeBy(maker, like));
      return this.#known.get(maker.key);
    }
    return undefined;
  }

  #madeBy(maker: StoredResult, like: Instance): KnownInput | undefined {
    const {contract} = like.type;
    const {type, params: stored} = maker.fingerprint;
    const known = {instance: like.id, type};
    if (contract.facts === undefined) return {...known, params: stored, facts: {}};
    const params = paramsOf(maker, like);
    const inputs = params && this.#inputsOf(maker, like);
    if (params === undefined || inputs === undefined) return undefined;
    const found = this.#foundOf(params, like);
    return {...known, params, facts: found ?? contract.facts({instance: like.id, params, inputs})};
  }
}

/**
 * The parameters of a result, as its contract gives them to its code: with defaults that are newer than the result. `undefined`: the result
 * is of another version of the contract, or its parameters are not valid by it.
 */
function paramsOf({fingerprint}: StoredResult, {type}: Instance): JsonObject | undefined {
  const {contract} = type;
  if (fingerprint.version !== contract.version) return undefined;
  const validated = validateParams(contract, structuredClone(fingerprint.params));
  return validated.kind === 'valid' ? validated.params : undefined;
}

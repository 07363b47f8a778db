import type {Cost, CostModels} from '../contract/cost.ts';
import {KnownResults} from '../pipeline/graph/known-results.ts';
import type {Instance, InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import {attemptEstimate} from './attempt-estimate.ts';
import type {FoundFacts} from './found-facts.ts';
import {inputsOfRest, type LowerReason} from './going-on.ts';

/** The costs of all instances, from the facts that contracts tell each other. */
export class InstanceCosts {
  readonly #models: CostModels | undefined;
  readonly #found: FoundFacts | undefined;
  readonly #known = new KnownResults();
  readonly #costs = new Map<InstanceId, Cost>();

  constructor({
    graph: {instances},
    models,
    found,
  }: {
    readonly graph: Pick<InstanceGraph, 'instances'>;
    readonly models?: CostModels | undefined;
    readonly found?: FoundFacts | undefined;
  }) {
    this.#models = models;
    this.#found = found;
    const all = [...instances.values()];
    if (models === undefined || !all.some(({type}) => models.of.has(type.contract.type))) return;
    for (const instance of all) {
      const cost = attemptEstimate(() => {
        this.#known.add(instance, found?.get(instance.id));
        return this.#modelCost(instance);
      });
      if (cost !== undefined) this.#costs.set(instance.id, cost);
    }
  }

  /**
   * `undefined`: there is no cost model, or it lacks facts.
   * @param lower what the instance goes on from. Absent: it begins anew
   */
  of(instance: Instance, lower?: LowerReason): Cost | undefined {
    if (lower === undefined || !this.#costs.has(instance.id)) return this.#costs.get(instance.id);
    return attemptEstimate(() => this.#modelCost(instance, lower));
  }

  #modelCost(instance: Instance, lower?: LowerReason): Cost | undefined {
    const {id, type, params, inputs} = instance;
    const {contract} = type;
    const own = this.#known.inputsOf(inputs);
    const known = lower ? inputsOfRest(contract, {...params, [lower.by]: lower.from}, own) : own;
    return this.#models?.of.get(contract.type)?.(params, known, this.#found?.get(id));
  }
}

import {canonicalJson} from '../base/canonical-json.ts';
import type {JsonObject} from '../base/json.ts';
import type {Cost, CostModels} from '../contract/cost.ts';
import type {Instance, InstanceId} from '../pipeline/graph/instance.ts';
import {KnownResults} from '../pipeline/graph/known-results.ts';
import type {Store} from '../store/layout.ts';
import {readRecord} from '../store/records/find-record.ts';
import type {StageRecord} from '../store/records/record.ts';
import {History} from './history.ts';
import {partialFingerprint, type Plan, type Planned} from './plan-graph.ts';

/** The expected cost of a plan: stored results cost nothing, and shared ones count once. */
export interface PlanCosts {
  /** The plan, with `expectedMs` scaled from the size of the earlier instance to this one's. */
  readonly plan: Plan;
  /** Time on GPUs; `measuredSeconds` is the part that is known from results that differ only in their seed. */
  readonly gpuSeconds: number;
  readonly measuredSeconds: number;
  /** Bytes of artifacts that will be made, and of those that are stored. */
  readonly newBytes: number;
  readonly storedBytes: number;
  /** Number of instances to run without any estimate. */
  readonly unknown: number;
  readonly source: string;
}

/** Estimates a plan by cost models and by similar stored results. Writes nothing. */
export function planCosts(plan: Plan, models: CostModels, store: Store): PlanCosts {
  return new Estimator(plan, models, store).costs();
}

class Estimator {
  readonly #plan: Plan;
  readonly #models: CostModels;
  readonly #store: Store;
  readonly #history: History;
  readonly #results = new KnownResults();

  constructor(plan: Plan, models: CostModels, store: Store) {
    this.#plan = plan;
    this.#models = models;
    this.#store = store;
    this.#history = new History(store);
  }

  costs(): PlanCosts {
    const scaled = new Map<InstanceId, Planned>();
    const sum = {gpuSeconds: 0, measuredSeconds: 0, newBytes: 0, unknown: 0};
    const stored = new Map<string, number>();
    for (const [id, planned] of this.#plan) {
      const {instance, verdict, sameAs} = planned;
      const cost = this.#costOf(instance, instance.params);
      this.#results.add(instance);
      scaled.set(id, planned);
      if (verdict.kind === 'hit') noteBytes(verdict.record, stored);
      if (verdict.kind === 'hit' || sameAs !== undefined) continue;
      if (cost === undefined) {
        // A user's file exists already.
        if (instance.file === undefined) sum.unknown++;
        continue;
      }
      const past = this.#pastOf(instance);
      const measuredSeconds = past && measuredOnGpu(past, instance);
      sum.gpuSeconds += measuredSeconds ?? cost.gpuSeconds;
      sum.measuredSeconds += measuredSeconds ?? 0;
      sum.newBytes += cost.bytes;
      const expectedMs = past && this.#scaledMs(instance, cost, past);
      if (expectedMs !== undefined) scaled.set(id, {...planned, expectedMs, isScaled: true});
    }
    const storedBytes = [...stored.values()].reduce((total, bytes) => total + bytes, 0);
    return {...sum, plan: scaled, storedBytes, source: this.#models.source};
  }

  #costOf({type, inputs}: Instance, params: JsonObject): Cost | undefined {
    const model = this.#models.of.get(type.contract.type);
    if (model === undefined) return undefined;
    return model(params, this.#results.inputsOf(inputs));
  }

  #pastOf(instance: Instance): StoredResult | undefined {
    const past = this.#history.nearest(partialFingerprint(instance));
    const record = past && readRecord(this.#store, past.key);
    if (typeof record !== 'object') return undefined;
    return {params: past!.fingerprint.params, record};
  }

  /** The duration of the nearest result, scaled to this one's size; `undefined`: the sizes are equal or not known. */
  #scaledMs(instance: Instance, cost: Cost, {params, record}: StoredResult): number | undefined {
    const was = this.#costOf(instance, params);
    const by = isOnGpu(record) ? 'gpuSeconds' : 'multiplyAdds';
    if (was === undefined || was[by] === 0 || was[by] === cost[by]) return undefined;
    return Math.round(record.durationMs * (cost[by] / was[by]));
  }
}

interface StoredResult {
  readonly params: JsonObject;
  readonly record: StageRecord;
}

function measuredOnGpu({params, record}: StoredResult, instance: Instance): number | undefined {
  const isSame =
    canonicalJson({...params, seed: 0}) === canonicalJson({...instance.params, seed: 0});
  return isSame && isOnGpu(record) ? record.durationMs / 1000 : undefined;
}

function isOnGpu({provenance}: StageRecord): boolean {
  return provenance['gpu'] === true;
}

function noteBytes({outputs}: StageRecord, stored: Map<string, number>): void {
  for (const {artifacts} of Object.values(outputs)) {
    for (const {digest, sizeBytes} of artifacts) stored.set(digest, sizeBytes);
  }
}

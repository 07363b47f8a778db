import type {Cost, CostModels, Speeds} from '../contract/cost.ts';
import type {Instance, InstanceGraph} from '../pipeline/graph/instance.ts';
import type {Store} from '../store/layout.ts';
import {readRecord} from '../store/records/find-record.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import {attemptEstimate} from './attempt-estimate.ts';
import type {Expected} from './expected.ts';
import type {FoundFacts} from './found-facts.ts';
import {History} from './history.ts';
import {InstanceCosts} from './instance-costs.ts';
import {lowerIn, type LowerReason} from './going-on.ts';
import {PastCosts} from './past-costs.ts';
import {partialFingerprint} from './plan-graph.ts';
import type {Reason} from './verdict.ts';

export interface EstimatorSetup {
  readonly graph: Pick<InstanceGraph, 'instances'>;
  readonly store: Store;
  /** Absent: only stored results tell anything. */
  readonly models?: CostModels;
  /** The measured speeds of this machine. Absent: those of a usual one. */
  readonly speeds?: Speeds;
  /** Absent: nobody looked. */
  readonly found?: FoundFacts;
  readonly slots: number;
  /** Whether an instance would run on a GPU. */
  readonly isOnGpu: (instance: Instance) => boolean;
}

/**
 * Of a job that threads share, n threads do as much as n to this power: two take 57 ms for what one takes 103 ms for (a student's step of
 * width 128).
 */
const threadsPower = 0.85;

/**
 * Expects durations, by cost models and by similar stored results. Writes nothing, and never throws: of an instance whose estimate fails,
 * nothing is known.
 */
export class Estimator {
  readonly #setup: EstimatorSetup;
  readonly #history: History;
  readonly #speeds: Speeds;
  /** What is expected without a GPU, and on one. */
  readonly #known = [false, true].map(() => new Map<string, Expected | undefined>());
  readonly #records = new Map<Key, StageRecord | undefined>();
  readonly #pasts: PastCosts;
  #costs: InstanceCosts | undefined;

  constructor(setup: EstimatorSetup) {
    const {models, speeds, store, graph, found} = setup;
    this.#setup = setup;
    this.#history = new History(store);
    this.#speeds = {...models?.usualSpeeds, ...speeds};
    this.#pasts = new PastCosts({graph, store, history: this.#history, models: models?.of, found});
  }

  /**
   * `undefined`: nothing is known.
   * @param reasons those of its verdict, which say whether it goes on from another result. Absent: it begins anew
   */
  expected(instance: Instance, reasons: readonly Reason[] = []): Expected | undefined {
    const {id} = instance;
    const lower = lowerIn(reasons);
    const known = this.#known[this.#setup.isOnGpu(instance) ? 1 : 0]!;
    const name = lower === undefined ? id : `${id} ${lower.kind} ${lower.from}`;
    if (!known.has(name)) {
      const expected = attemptEstimate(() => this.#expect(instance, lower));
      known.set(name, expected);
    }
    return known.get(name);
  }

  /** `undefined`: there is no cost model, or it lacks facts. */
  cost(instance: Instance, reasons: readonly Reason[] = []): Cost | undefined {
    this.#costs ??= new InstanceCosts(this.#setup);
    return this.#costs.of(instance, lowerIn(reasons));
  }

  #expect(instance: Instance, lower: LowerReason | undefined): Expected | undefined {
    const cost = this.cost(instance, lower && [lower]);
    if (cost === undefined) return this.#asTheRest(instance, lower) ?? this.#asBefore(instance);
    return this.#asLike(instance, cost) ?? this.#byWork(instance, cost);
  }

  /** By the most similar result, or the newest of the kind. */
  #asBefore(instance: Instance): Expected | undefined {
    const past = this.#history.expected(partialFingerprint(instance));
    return past && {...past, aloneMs: past.ms, basis: 'results', isScaled: false};
  }

  /** A stored result tells how long the rest takes: the one from which the instance goes on, or the most similar one. */
  #asTheRest(instance: Instance, lower: LowerReason | undefined): Expected | undefined {
    if (lower === undefined) return undefined;
    const {by, from} = lower;
    const {params, type} = instance;
    const past = lower.kind === 'goes-on' ? lower.key : this.#asBefore(instance)?.from;
    const wholeMs = past && this.#history.durationMs(past);
    const whole = past && this.#history.find(type.contract.type, past)?.fingerprint.params[by];
    if (wholeMs === undefined || !(Number(whole) > 0)) return undefined;
    const ms = Math.round((wholeMs * (Number(params[by]) - from)) / Number(whole));
    return {ms, aloneMs: ms, basis: 'results', from: past!, isScaled: true};
  }

  /** By the most similar result on such a device, scaled by what both cost. */
  #asLike(instance: Instance, cost: Cost): Expected | undefined {
    const past = this.#history.nearest(partialFingerprint(instance));
    const record = past && this.#record(past.key);
    if (record === undefined) return undefined;
    const isOnGpu = this.#setup.isOnGpu(instance);
    if ((record.provenance['gpu'] === true) !== isOnGpu) return undefined;
    const was = this.#pasts.costOf(past!, instance, record.provenance['goesOnFrom']);
    if (was === undefined) return undefined;
    const by = (of: Cost): number => (isOnGpu ? of.gpuSeconds : this.#seconds(of, 1));
    const ratio = by(was) === 0 ? 1 : by(cost) / by(was);
    const ms = Math.round(record.durationMs * ratio);
    return {ms, aloneMs: ms, basis: 'results', from: past!.key, isScaled: ratio !== 1};
  }

  #byWork(instance: Instance, cost: Cost): Expected {
    const {slots, speeds, isOnGpu} = this.#setup;
    if (cost.gpuSeconds > 0 && isOnGpu(instance)) {
      const ms = Math.round(1000 * cost.gpuSeconds);
      return {ms, aloneMs: ms, basis: 'gpu-figures', isScaled: true};
    }
    return {
      ms: Math.round(1000 * this.#seconds(cost, 1)),
      aloneMs: Math.round(1000 * this.#seconds(cost, slots)),
      basis: speeds === undefined ? 'usual-speeds' : 'calibration',
      isScaled: true,
    };
  }

  #seconds({work}: Cost, threads: number): number {
    const shared = this.#setup.models?.shared ?? [];
    return Object.entries(work).reduce((sum, [kind, amount]) => {
      const doing = shared.includes(kind) ? threads ** threadsPower : 1;
      return sum + amount / (doing * this.#speeds[kind]!);
    }, 0);
  }

  #record(key: Key): StageRecord | undefined {
    if (!this.#records.has(key)) {
      const record = readRecord(this.#setup.store, key);
      this.#records.set(key, typeof record === 'string' ? undefined : record);
    }
    return this.#records.get(key);
  }
}

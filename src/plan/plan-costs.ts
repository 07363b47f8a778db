import type {StageRecord} from '../store/records/record.ts';
import type {Estimator} from './estimator.ts';
import type {Basis, Expected} from './expected.ts';
import type {Plan} from './plan-graph.ts';

/** The expected cost of a plan: stored results cost nothing, and shared ones count once. */
export interface PlanCosts {
  /** The plan, with what is expected of each instance that may run. */
  readonly plan: Plan;
  /** Time on the GPU of the cost models, if all instances that can run on a GPU did. */
  readonly gpuSeconds: number;
  /** Bytes of artifacts that will be made, and of those that are stored. */
  readonly newBytes: number;
  readonly storedBytes: number;
  /** Number of instances to run of whose duration nothing is known. */
  readonly unknown: number;
  /** What the expected durations rest on, the most of the time first, with the number of results. */
  readonly bases: readonly Basis[];
  readonly results: number;
}

/** Estimates a plan. Writes nothing. */
export function planCosts(plan: Plan, estimator: Estimator): PlanCosts {
  const estimated = new Map(plan);
  const sum = {gpuSeconds: 0, newBytes: 0, unknown: 0};
  const stored = new Map<string, number>();
  const expectations: Expected[] = [];
  for (const [id, planned] of plan) {
    const {instance, verdict, sameAs} = planned;
    if (verdict.kind === 'hit') noteBytes(verdict.record, stored);
    // A user's file exists already.
    if (verdict.kind === 'hit' || sameAs !== undefined || instance.file !== undefined) continue;
    const cost = estimator.cost(instance, verdict.reasons);
    sum.gpuSeconds += cost?.gpuSeconds ?? 0;
    sum.newBytes += cost?.bytes ?? 0;
    const expected = estimator.expected(instance, verdict.reasons);
    if (expected === undefined) {
      sum.unknown++;
      continue;
    }
    expectations.push(expected);
    estimated.set(id, {...planned, expected});
  }
  const storedBytes = [...stored.values()].reduce((total, bytes) => total + bytes, 0);
  const results = new Set(expectations.flatMap(({from}) => from ?? [])).size;
  return {...sum, plan: estimated, storedBytes, results, bases: basesOf(expectations)};
}

/** What less than this share of the time rests on is not told. */
const leastShare = 0.01;

function basesOf(expectations: readonly Expected[]): readonly Basis[] {
  const sums = new Map<Basis, number>();
  for (const {basis, ms} of expectations) sums.set(basis, (sums.get(basis) ?? 0) + ms);
  const allMs = expectations.reduce((sum, {ms}) => sum + ms, 0);
  return [...sums]
    .filter(([, ms]) => ms >= leastShare * allMs)
    .sort(([, a], [, b]) => b - a)
    .map(([basis]) => basis);
}

function noteBytes({outputs}: StageRecord, stored: Map<string, number>): void {
  for (const {artifacts} of Object.values(outputs)) {
    for (const {digest, sizeBytes} of artifacts) stored.set(digest, sizeBytes);
  }
}

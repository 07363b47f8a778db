import type {Json, JsonObject} from '../../../src/base/json.ts';
import {finalBytes, setBytes} from '../cost-facts.ts';
import type {KnownInput} from '../../../src/contract/facts.ts';
import {factsOf, type SetFacts} from '../image-facts.ts';

/** Bytes of a row of numbers in a log. */
const rowBytes = 50;

/**
 * What a distillation leaves on disk: its snapshots, the final set, that with the average, and its log; `undefined`: not
 * known.
 */
export function distillingBytes(
  set: Partial<SetFacts>,
  iterations: number,
  {snapshots, average, keepState}: JsonObject,
): number | undefined {
  const [bytes, final] = [setBytes(set), finalBytes(set)];
  if (bytes === undefined || final === undefined) return undefined;
  const finals = average === undefined ? final : 2 * final;
  const state = keepState === true ? 2 * bytes : 0;
  return snapshotCount(snapshots, iterations) * bytes + finals + state + rowBytes * iterations;
}

/** The iterations that a distillation finds done in the state that it goes on from. */
export function iterationsDone(state: KnownInput | undefined): number {
  return factsOf<SetFacts>(state).snapshots?.last ?? 0;
}

function snapshotCount(snapshots: Json | undefined, iterations: number): number {
  if (Array.isArray(snapshots)) return snapshots.length + 1;
  const {every} = (snapshots ?? {}) as {readonly every?: number};
  return every === undefined ? 1 : 1 + Math.ceil(iterations / every);
}

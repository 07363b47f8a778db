import type {Json, JsonObject} from '../../../src/base/json.ts';
import {finalBytes, setBytes} from '../cost-facts.ts';
import type {SetFacts} from '../image-facts.ts';

/** Bytes of a row of numbers in a log. */
const rowBytes = 50;

/**
 * What a distillation leaves on disk: its snapshots, the final set, that with the average, and its log; `undefined`: not
 * known.
 */
export function distillingBytes(
  set: Partial<SetFacts>,
  iterations: number,
  {snapshots, average}: JsonObject,
): number | undefined {
  const [bytes, final] = [setBytes(set), finalBytes(set)];
  if (bytes === undefined || final === undefined) return undefined;
  const finals = average === undefined ? final : 2 * final;
  return snapshotCount(snapshots, iterations) * bytes + finals + rowBytes * iterations;
}

function snapshotCount(snapshots: Json | undefined, iterations: number): number {
  if (Array.isArray(snapshots)) return snapshots.length + 1;
  const {every} = (snapshots ?? {}) as {readonly every?: number};
  return every === undefined ? 1 : 1 + Math.ceil(iterations / every);
}

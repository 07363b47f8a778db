import type {Json} from '../../../src/base/json.ts';
import {finalBytes, setBytes} from '../cost-facts.ts';
import type {SetFacts} from '../image-facts.ts';

/** Bytes of a row of numbers in a log. */
const rowBytes = 50;

/** What a distillation leaves on disk: its snapshots, the final set and its log; `undefined`: not known. */
export function distillingBytes(
  set: Partial<SetFacts>,
  {iterations, snapshots}: {readonly iterations: number; readonly snapshots: Json | undefined},
): number | undefined {
  const [bytes, final] = [setBytes(set), finalBytes(set)];
  if (bytes === undefined || final === undefined) return undefined;
  return snapshotCount(snapshots, iterations) * bytes + final + rowBytes * iterations;
}

function snapshotCount(snapshots: Json | undefined, iterations: number): number {
  if (Array.isArray(snapshots)) return snapshots.length + 1;
  const {every} = (snapshots ?? {}) as {readonly every?: number};
  return every === undefined ? 1 : 1 + Math.ceil(iterations / every);
}

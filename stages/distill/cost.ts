import type {JsonObject} from '../../src/base/json.ts';
import type {CostModel, Facts} from '../../src/contract/cost.ts';
import {finalBytes, number, setOf} from '../shared/cost-facts.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';

export const cost: CostModel = (params, {dataset, buffers}) => {
  const facts: Facts = {...dataset![0], ...buffers![0]};
  const {multiplyAdds, layers, classes} = facts;
  if (multiplyAdds === undefined || layers === undefined || classes === undefined) return undefined;
  const set = setOf(facts, number(params, 'ipc'), number(params, 'canvasSize') ** 2);
  const seen = set['count']! * number(params, 'canvasSamples');
  const batch = Math.min(number(params, 'batch', Infinity), seen);
  const iterations = number(params, 'iterations');
  const calls = iterations * number(params, 'steps');
  const step = gpuSeconds(gpuFigures.studentStep, {calls, images: batch}, {layers, multiplyAdds});
  // A step and its backward pass take a little more than twice an update.
  const work = 7 * calls * batch * multiplyAdds;
  const snapshots = snapshotCount(params['snapshots'], iterations);
  const bytes = snapshots * set['setBytes']! + finalBytes(set) + 50 * iterations;
  return {gpuSeconds: step, multiplyAdds: work, bytes, facts: set};
};

function snapshotCount(snapshots: JsonObject[string] | undefined, iterations: number): number {
  if (Array.isArray(snapshots)) return snapshots.length + 1;
  const {every} = (snapshots ?? {}) as {readonly every?: number};
  return every === undefined ? 1 : 1 + Math.ceil(iterations / every);
}

import type {JsonObject} from '../../src/base/json.ts';
import type {CostModel} from '../../src/contract/cost.ts';
import {finalBytes, networkCost, number, setBytes, setCount} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {factsOf, imagesOf, type ExpertFacts} from '../shared/image-facts.ts';

export const cost: CostModel = (params, {dataset, buffers}) => {
  const facts = imagesOf(dataset![0]);
  const network = networkCost(factsOf<ExpertFacts>(buffers![0]).model, facts);
  const set = {data: facts, ipc: number(params, 'ipc'), canvas: number(params, 'canvasSize')};
  const [count, bytes] = [setCount(set), setBytes(set)];
  if (network === undefined || count === undefined || bytes === undefined) return undefined;
  const seen = count * number(params, 'canvasSamples');
  const batch = Math.min(number(params, 'batch', Infinity), seen);
  const iterations = number(params, 'iterations');
  const calls = iterations * number(params, 'steps');
  const step = gpuSeconds(gpuFigures.studentStep, {calls, images: batch}, network);
  const work = workOf({start: 1, network: networkWork(network, {unrolled: calls * batch, calls})});
  const snapshots = snapshotCount(params['snapshots'], iterations);
  const all = snapshots * bytes + finalBytes(set)! + 50 * iterations;
  return {gpuSeconds: step, work, bytes: all};
};

function snapshotCount(snapshots: JsonObject[string] | undefined, iterations: number): number {
  if (Array.isArray(snapshots)) return snapshots.length + 1;
  const {every} = (snapshots ?? {}) as {readonly every?: number};
  return every === undefined ? 1 : 1 + Math.ceil(iterations / every);
}

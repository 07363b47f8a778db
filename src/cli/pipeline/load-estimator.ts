import type {CostModels, Speeds} from '../../contract/cost.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';
import {Estimator} from '../../plan/estimator.ts';
import {requestOf} from '../../schedule/device-request.ts';
import type {Store} from '../../store/layout.ts';
import type {World} from '../world.ts';

/** The cost models of the built-in stage types; `undefined`: there are none. */
export async function loadModels({registryModule}: World): Promise<CostModels | undefined> {
  const {loadCosts} = (await import(registryModule)) as {
    readonly loadCosts?: () => Promise<CostModels>;
  };
  return await loadCosts?.();
}

/** An estimator of a graph on a machine. */
export function estimatorOf({
  models,
  speeds,
  gpus,
  ...rest
}: {
  readonly graph: InstanceGraph;
  readonly store: Store;
  readonly slots: number;
  /** The number of GPUs that are known now. */
  readonly gpus: () => number;
  readonly models: CostModels | undefined;
  readonly speeds: Speeds | undefined;
}): Estimator {
  return new Estimator({
    ...rest,
    ...(models && {models}),
    ...(speeds && {speeds}),
    isOnGpu: ({resources}) => requestOf(resources, gpus()).kind === 'gpu',
  });
}

import type {CostModels, Speeds} from '../../contract/cost.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';
import {Estimator} from '../../plan/estimator.ts';
import {findFacts, type FoundFacts} from '../../plan/found-facts.ts';
import {requestOf} from '../../schedule/device-request.ts';
import type {Store} from '../../store/layout.ts';
import type {World} from '../world.ts';

/** The cost models of the built-in stage types; `undefined`: there are none. */
async function loadModels({registryModule}: World): Promise<CostModels | undefined> {
  const {loadCosts} = (await import(registryModule)) as {
    readonly loadCosts?: () => Promise<CostModels>;
  };
  return await loadCosts?.();
}

/**
 * The cost models, and what looks at files of the user's show to them.
 * @param hasWork whether anything is to run: otherwise nothing is looked at
 */
export async function loadKnowledge(
  graph: InstanceGraph,
  world: World,
  hasWork = true,
): Promise<{readonly models: CostModels | undefined; readonly found: FoundFacts}> {
  const models = await loadModels(world);
  return {models, found: hasWork ? await findFacts(graph, models) : new Map()};
}

/** An estimator of a graph on a machine. */
export function estimatorOf({
  slots,
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
  readonly found: FoundFacts;
  readonly speeds: Speeds | undefined;
}): Estimator {
  return new Estimator({
    ...rest,
    slots,
    ...(models && {models}),
    ...(speeds && {speeds}),
    isOnGpu: ({resources}) => requestOf(resources, {slots, gpus: gpus()}).kind === 'gpu',
  });
}

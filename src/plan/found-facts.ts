import type {CostModels} from '../contract/cost.ts';
import type {Facts} from '../contract/facts.ts';
import type {Instance, InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';

/** What looks at files of the user's showed of the results of instances. */
export type FoundFacts = ReadonlyMap<InstanceId, Facts>;

/**
 * Looks at the files of the user's that instances read. Of files that cannot be used nothing is found: the run tells what is
 * wrong with them.
 */
export async function findFacts(
  {instances}: Pick<InstanceGraph, 'instances'>,
  models: Pick<CostModels, 'findFacts'> | undefined,
): Promise<FoundFacts> {
  const found = new Map<InstanceId, Facts>();
  const looks = new Map<string, Promise<Facts | undefined>>();
  for (const {id, type, params, inputs} of instances.values()) {
    const look = models?.findFacts?.get(type.contract.type);
    if (look === undefined || type.plugin !== undefined) continue;
    const files = filesOf(inputs, instances);
    const asked = JSON.stringify([type.contract.type, params, files]);
    if (!looks.has(asked)) looks.set(asked, look(params, files));
    const facts = await looks.get(asked)!.catch(() => undefined);
    if (facts !== undefined) found.set(id, facts);
  }
  return found;
}

function filesOf(
  inputs: Instance['inputs'],
  instances: InstanceGraph['instances'],
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([port, refs]) => [
      port,
      refs.flatMap(({instance}) => instances.get(instance)?.file ?? []),
    ]),
  );
}

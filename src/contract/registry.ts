import type {Contract} from './contract.ts';
import type {StageRun} from './stage.ts';

/** A stage type: its contract at once, its code only when asked for. */
export interface StageType {
  readonly contract: Contract;
  load(): Promise<StageRun<Contract>>;
}

/** Stage types by the name that `uses` gives. */
export type Registry = ReadonlyMap<string, StageType>;

/** Ties a contract to its code; in a registry the types of its parameters are forgotten. */
export function stageType<C extends Contract>(
  contract: C,
  module: () => Promise<{readonly run: StageRun<C>}>,
): StageType {
  return {contract, load: async () => (await module()).run as unknown as StageRun<Contract>};
}

export function registryOf(types: readonly StageType[]): Registry {
  return new Map(types.map((type) => [type.contract.type, type]));
}

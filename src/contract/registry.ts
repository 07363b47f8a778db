import type {Contract} from './contract.ts';
import type {PluginCode} from './plugin.ts';
import type {StageContext, StageRun} from './stage.ts';

/** A stage type: its contract, and its code on demand. */
export interface StageType {
  readonly contract: Contract;
  /** Absent: it is built in, and the contract's version identifies its code. */
  readonly plugin?: PluginCode;
  load(): Promise<StageRun<Contract>>;
}

/** Stage types by name. */
export type Registry = ReadonlyMap<string, StageType>;

/** The code of a stage type, or a function that gives the module with it. */
export type StageCode<C extends Contract> = (
  context: StageContext<C>,
) => Promise<void | {readonly run: StageRun<C>}>;

/**
 * Ties a contract to its code; a registry forgets the types of its parameters.
 * @param code `() => import('./run.js')`, where that module exports `run`; or `run` itself
 */
export function defineStageType<C extends Contract>(contract: C, code: StageCode<C>): StageType {
  const run: StageRun<C> = async (context) => {
    const module = await code(context);
    if (module !== undefined) await module.run(context);
  };
  return {contract, load: () => Promise.resolve(run as unknown as StageRun<Contract>)};
}

export function registryOf(types: readonly StageType[]): Registry {
  return new Map(types.map((type) => [type.contract.type, type]));
}

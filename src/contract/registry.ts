import {InternalError} from '../base/internal-error.ts';
import type {Contract} from './contract.ts';
import {commonMedia, isSameMedia, type Media} from './media.ts';
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

/** The media that stage types declare, in their order, and then the common ones. */
export function mediaOf(registry: Registry): Media {
  const contracts = Array.from(registry.values(), ({contract}) => contract);
  const media = new Map(contracts.flatMap((of) => of.media ?? []).map((one) => [one.name, one]));
  for (const [name, common] of commonMedia) media.set(name, common);
  for (const contract of contracts) {
    const clash = contract.media?.find((one) => !isSameMedia(one, media.get(one.name)!));
    if (clash !== undefined) {
      const others = contracts.filter((of) => of.media?.some(({name}) => name === clash.name));
      const types = others.map(({type}) => type).join(', ');
      throw new InternalError(`The media ${clash.name} is not the same everywhere: ${types}.`);
    }
    const ports = [...Object.values(contract.inputs), ...Object.values(contract.outputs)];
    const stranger = ports.find((port) => !media.has(port.media));
    if (stranger !== undefined) {
      throw new InternalError(
        `No contract declares the media ${stranger.media} of ${contract.type}.`,
      );
    }
  }
  return media;
}

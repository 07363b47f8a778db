import type {Contract} from './contract.ts';
import type {StageRun} from './stage.ts';

/** A stage type: its contract at once, its code only when asked for. */
export interface StageType {
  readonly contract: Contract;
  load(): Promise<StageRun<Contract>>;
}

/** Stage types by the name that `uses` gives. */
export type Registry = ReadonlyMap<string, StageType>;

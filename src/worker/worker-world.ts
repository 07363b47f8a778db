import type {Registry} from '../contract/registry.ts';
import type {FailpointHook} from '../store/failpoint.ts';
import type {FromWorker} from './protocol.ts';

/** What a job needs of its process. */
export interface WorkerWorld {
  readonly registry: Registry;
  readonly pid: number;
  readonly nodeVersion: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when the run asks to stop. */
  readonly stopping: AbortSignal;
  readonly failpoint: FailpointHook;
  /** Whether the head lives. */
  hasHead(): boolean;
  send(message: FromWorker): void;
  log(line: string): void;
  /** Runs a stage's code. Rejects with a `NeverEnds` when nothing is left that the code could be waiting for. */
  attend(code: () => Promise<void>): Promise<void>;
  /** Ends every other process of an attempt, which the stage's code has started and left running. */
  endRest(attempt: string): Promise<void>;
}

import type {EngineWish} from '../../base/engines.ts';
import type {TargetOptions} from '../target.ts';
import type {DevicesOptions} from './devices-option.ts';

/** The options of what looks at a pipeline and at a store. */
export interface PipelineOptions extends TargetOptions {
  readonly store: string;
}

export interface RunOptions extends PipelineOptions, DevicesOptions {
  readonly engine: EngineWish;
  /** CPU slots. Absent: as many as there are cores. */
  readonly jobs?: number;
  readonly keepGoing?: true;
  readonly stored?: true;
  /** From one checkpoint of a running stage to the next, in milliseconds. Absent: as long as usual. */
  readonly checkpointInterval?: number;
  /** How long a stage that was asked to stop may go on, in milliseconds. Absent: as long as usual. */
  readonly stopWithin?: number;
  readonly json?: true;
  /** Its page is shown in the browser. */
  readonly open?: true;
  /** The words that give these options again, but for those that say which instances. */
  readonly settings: readonly string[];
}

export interface PlanOptions extends PipelineOptions, DevicesOptions {
  readonly jobs?: number;
  readonly all?: true;
  readonly json?: true;
}

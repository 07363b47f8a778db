import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Store} from '../store/layout.ts';
import type {StageRecord} from '../store/records/record.ts';
import {InstanceTraces} from './instance-traces.ts';
import {readRun, resultOf, type InstanceAccount} from './run-account.ts';

/** Who made a result that a run found stored. */
export type Maker =
  | {
      readonly kind: 'run';
      readonly run: string;
      /** The name of the instance in that run. */
      readonly instance: InstanceId;
      /** Its logs in that run: paths relative to the store. */
      readonly logs: readonly string[];
    }
  /** The run was removed, or is of another store. */
  | {readonly kind: 'gone'; readonly record: StageRecord}
  /** The result itself is gone. */
  | {readonly kind: 'unknown'};

/** Finds the runs that made stored results, and the logs that they wrote. */
export class MakerLogs {
  readonly #store: Store;
  readonly #traces: InstanceTraces;
  /** The logs of the instances of runs that made results, by run. */
  readonly #logs = new Map<string, ReadonlyMap<InstanceId, readonly string[]>>();

  constructor(store: Store) {
    this.#store = store;
    this.#traces = new InstanceTraces(store);
  }

  of(account: InstanceAccount): Maker {
    const record = resultOf(this.#store, account);
    if (record === undefined) return {kind: 'unknown'};
    const origin = this.#traces.originOf(record);
    if (origin === undefined || !('instance' in origin.last)) return {kind: 'gone', record};
    const {run} = origin;
    const {instance} = origin.last;
    return {kind: 'run', run, instance, logs: this.#logsIn(run).get(instance) ?? []};
  }

  #logsIn(run: string): ReadonlyMap<InstanceId, readonly string[]> {
    const known = this.#logs.get(run);
    if (known !== undefined) return known;
    const {instances} = readRun(this.#store, run);
    const logs = new Map(Array.from(instances, ([id, account]) => [id, account.logs]));
    this.#logs.set(run, logs);
    return logs;
  }
}

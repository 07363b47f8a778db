import {InternalError} from '../base/internal-error.ts';
import type {Instance, InstanceGraph, InstanceId, OutputRef} from '../pipeline/graph/instance.ts';
import {unlockedOutput} from '../store/records/locked.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import type {FailureCause, Outcome} from '../worker/protocol.ts';
import type {RunEventBody} from '../journal/event.ts';
import type {Forecast} from './estimates/forecast.ts';
import type {Frontier} from './frontier.ts';

/** The outcomes of a run's instances, in numbers. */
export interface Tally {
  readonly hits: number;
  readonly ran: number;
  readonly failed: number;
  /** Instances that need a failed one. */
  readonly skipped: number;
  /** Other instances that were not started. */
  readonly unstarted: number;
  /** Working time that hits saved. */
  readonly savedMs: number;
}

/**
 * The culprit of each list of references, which many instances may share: the instance that is to blame that one of
 * them has no result.
 */
type Culprits = Map<readonly OutputRef[], InstanceId | undefined>;

/** A result that is stored, here or in a remote cache. */
interface Hit {
  readonly key: Key;
  readonly record: StageRecord;
  readonly isElsewhere?: true;
}

type PublishedOutcome = Extract<Outcome, {kind: 'published'}>;

/** The outcomes of a run: exactly one for each instance, reported as it is recorded. */
export class Ledger {
  readonly #graph: InstanceGraph;
  readonly #frontier: Frontier;
  readonly #forecast: Forecast;
  readonly #emit: (event: RunEventBody) => void;
  readonly #records = new Map<InstanceId, StageRecord>();
  /** Instances whose record was made by this run. */
  readonly #ran = new Set<InstanceId>();
  /** Instances that failed or were skipped, with the failed one that is to blame. */
  readonly #blame = new Map<InstanceId, InstanceId>();
  readonly #tally = {hits: 0, ran: 0, failed: 0, skipped: 0, unstarted: 0, savedMs: 0};
  #suspended = false;
  #hasReopened = false;
  #hasLeft = false;

  constructor(book: {
    readonly graph: InstanceGraph;
    readonly frontier: Frontier;
    readonly forecast: Forecast;
    readonly emit: (event: RunEventBody) => void;
  }) {
    this.#graph = book.graph;
    this.#frontier = book.frontier;
    this.#forecast = book.forecast;
    this.#emit = book.emit;
  }

  get records(): ReadonlyMap<InstanceId, StageRecord> {
    return this.#records;
  }

  get tally(): Tally {
    return this.#tally;
  }

  get hasFailure(): boolean {
    return this.#tally.failed > 0;
  }

  /** Whether a result was made again after others had been found by it. */
  get hasReopened(): boolean {
    return this.#hasReopened;
  }

  get outcome(): 'ok' | 'failed' | 'suspended' {
    if (this.hasFailure) return 'failed';
    return this.#suspended ? 'suspended' : 'ok';
  }

  hit(instance: Instance, {key, record, isElsewhere}: Hit): void {
    if (this.#refuses(instance, record)) return;
    const remote = isElsewhere && {isElsewhere};
    this.#emit({kind: 'hit', instance: instance.id, key, savedMs: record.durationMs, ...remote});
    this.#ran.delete(instance.id);
    this.#tally.hits++;
    this.#tally.savedMs += record.durationMs;
    this.#complete(instance, record);
  }

  finish(instance: Instance, {record, diverged, replaced}: PublishedOutcome): void {
    if (this.#refuses(instance, record)) return;
    this.#emit({
      kind: 'finished',
      instance: instance.id,
      record,
      ...(diverged.length > 0 && {diverged}),
      ...(replaced && {replaced}),
    });
    this.#ran.add(instance.id);
    this.#tally.ran++;
    this.#complete(instance, record);
  }

  /** @param endedAfterMs the time that it was given to stop before it was ended; absent if it stopped */
  suspend(id: InstanceId, endedAfterMs?: number): void {
    const ended = endedAfterMs === undefined ? {} : {endedAfterMs};
    this.#emit({kind: 'suspended', instance: id, ...ended});
    this.#suspended = true;
    this.#end(id);
  }

  fail(id: InstanceId, cause: FailureCause): void {
    this.#emit({kind: 'failed', instance: id, cause});
    this.#tally.failed++;
    this.#end(id, id);
  }

  /** Leaves out an instance that is not stored and that this run does not compute. */
  leave(id: InstanceId): void {
    this.#hasLeft = true;
    this.#unstart(id, 'stored');
  }

  /** Reopens an instance whose recorded result has to be made again. */
  reopen(id: InstanceId): void {
    if (!this.#ran.has(id)) {
      this.#tally.hits--;
      this.#tally.savedMs -= this.#records.get(id)!.durationMs;
    }
    this.#hasReopened = true;
    this.#forecast.count(this.#graph.instances.get(id)!, 1);
    this.#frontier.reopen(id);
  }

  /** Gives an outcome to every instance that has none, when nothing more will run. */
  close(why: {readonly stopped: boolean}): void {
    const culprits: Culprits = new Map();
    for (const id of this.#graph.instances.keys()) {
      if (this.#frontier.isEmpty) return;
      const status = this.#frontier.status(id);
      if (status === 'done' || status === 'ended') continue;
      const because = this.#blameOf(id, culprits);
      if (because !== undefined) this.#skip(id, because);
      else if (why.stopped) this.#unstart(id, 'stop');
      else if (this.hasFailure) this.#unstart(id, 'failure');
      else if (this.#hasLeft) this.#unstart(id, 'stored');
      else throw new InternalError(`${id} never had its turn.`);
    }
  }

  /** Whether the lock of the pipeline demands another result, with which the instance then fails. */
  #refuses({id, locked}: Instance, {outputs}: StageRecord): boolean {
    const message = locked && unlockedOutput(outputs, locked);
    if (message !== undefined) this.fail(id, {kind: 'bad-output', message});
    return message !== undefined;
  }

  /** The failed instance to blame if an input of an instance gave no result. All upstreams have their outcomes. */
  #blameOf(id: InstanceId, culprits: Culprits): InstanceId | undefined {
    for (const refs of Object.values(this.#graph.instances.get(id)!.inputs)) {
      if (!culprits.has(refs)) {
        const culprit = refs.find(({instance}) => this.#blame.has(instance));
        culprits.set(refs, culprit && this.#blame.get(culprit.instance));
      }
      const because = culprits.get(refs);
      if (because !== undefined) return because;
    }
    return undefined;
  }

  #skip(id: InstanceId, because: InstanceId): void {
    this.#emit({kind: 'skipped', instance: id, because});
    this.#tally.skipped++;
    this.#end(id, because);
  }

  #unstart(id: InstanceId, why: Extract<RunEventBody, {kind: 'unstarted'}>['why']): void {
    this.#emit({kind: 'unstarted', instance: id, why});
    this.#tally.unstarted++;
    this.#suspended ||= why === 'stop';
    this.#end(id);
  }

  #complete(instance: Instance, record: StageRecord): void {
    this.#records.set(instance.id, record);
    this.#forecast.count(instance, -1);
    this.#frontier.complete(instance.id);
  }

  /** @param because the failed instance that is to blame; absent: none */
  #end(id: InstanceId, because?: InstanceId): void {
    this.#frontier.end(id);
    if (because !== undefined) this.#blame.set(id, because);
    this.#forecast.count(this.#graph.instances.get(id)!, -1);
  }
}

import {setTimeout} from 'node:timers/promises';
import type {ClusterEngine} from '../../../cluster/engine.ts';
import {lookMs} from '../../../cluster/probe/perform-probe.ts';
import {
  keepProbe,
  readReport,
  readStart,
  type Probe,
  type ProbeOrder,
  type ProbeReport,
  type ProbeStart,
  type Sight,
} from '../../../cluster/probe/probe-files.ts';
import {OtherSide} from '../../../cluster/probe/watch-other.ts';
import type {Waits} from '../../../schedule/delays.ts';

/** A member that was asked for. */
export interface Awaited {
  readonly probe: Probe;
  readonly pool: string;
  readonly order: ProbeOrder;
  /** The run in whose name the cluster has it. */
  readonly run: string;
  readonly engine: Pick<ClusterEngine, 'list'>;
  readonly waits: Pick<Waits, 'askMs' | 'silenceMs'>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Takes the member's word when it has started, with the time since it was asked for. */
  readonly onStart: (start: ProbeStart, startedMs: number) => void;
  /** Takes the cluster's words why the member waits in its queue, when they change. */
  readonly onWait: (words: string) => void;
}

export type ProbeEnd =
  | {readonly kind: 'reported'; readonly report: ProbeReport; readonly sight: Sight}
  /** The cluster says that the member is not there any more. */
  | {readonly kind: 'gone'}
  /** The member has started, and its report does not come. */
  | {readonly kind: 'silent'; readonly sight: Sight}
  | {readonly kind: 'interrupted'};

/** Number of times in a row that a cluster has to say that a member is gone: its report may be seen later than its end. */
const looksUntilGone = 2;

/** Watches a member from the moment when it was asked for to its report. */
export async function watchProbe(awaited: Awaited): Promise<ProbeEnd> {
  const {probe, pool, order, signal, waits, onStart} = awaited;
  const askedMs = performance.now();
  const queue = new Queue(awaited);
  let begun: {readonly other: OtherSide; readonly atMs: number} | undefined;
  while (!signal.aborted) {
    const report = begun && readReport(probe, pool);
    if (begun !== undefined && report !== undefined) {
      return {kind: 'reported', report, sight: begun.other.sight};
    }
    const start = begun === undefined ? readStart(probe, pool) : undefined;
    if (start !== undefined) {
      const [other, everyMs, atMs] = [start.member, order.beatMs, performance.now()];
      begun = {other: new OtherSide({probe, pool, side: 'doctor', other, everyMs}), atMs};
      onStart(start, atMs - askedMs);
    }
    await begun?.other.look();
    if (await queue.isGone(begun === undefined)) return {kind: 'gone'};
    if (begun !== undefined && performance.now() - begun.atMs > order.watchMs + waits.silenceMs) {
      return {kind: 'silent', sight: begun.other.sight};
    }
    await setTimeout(lookMs);
  }
  return {kind: 'interrupted'};
}

/** The cluster's answers about a member, for which it is asked rarely. */
class Queue {
  readonly #of: Awaited;
  #askedMs = performance.now();
  #goneLooks = 0;
  #words = '';

  constructor(of: Awaited) {
    this.#of = of;
  }

  /** Asks, if it is time to, whether the member is gone. A cluster that does not answer does not say so. */
  async isGone(isWaiting: boolean): Promise<boolean> {
    const {engine, run, probe, waits, onWait} = this.#of;
    if (performance.now() - this.#askedMs < waits.askMs) return false;
    // A sweep must not take the probe for abandoned.
    await keepProbe(probe);
    const queued = await engine.list(run);
    this.#askedMs = performance.now();
    this.#goneLooks = queued?.length === 0 ? this.#goneLooks + 1 : 0;
    const waiting = (queued ?? []).filter(({state}) => state === 'waiting');
    const words = [...new Set(waiting.map(({word}) => word))].join(', ');
    if (isWaiting && words !== '' && words !== this.#words) onWait(words);
    this.#words = words;
    return this.#goneLooks >= looksUntilGone;
  }
}

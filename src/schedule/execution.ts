import type {Digest} from '../base/digest.ts';
import {acceptsPartialInput, type Instance, type InstanceId} from '../pipeline/graph/instance.ts';
import {History} from '../plan/history.ts';
import {LowerInstances} from '../plan/lower-instances.ts';
import {findLease} from '../store/claims/lease.ts';
import {Records} from '../store/records/records.ts';
import type {Outcome} from '../worker/protocol.ts';
import {Attempt} from './attempt.ts';
import {Decisions} from './decisions.ts';
import {Dispatcher} from './dispatcher.ts';
import type {Grant} from './executor.ts';
import {Fetches} from './fetches.ts';
import {Forecast} from './estimates/forecast.ts';
import {Foresight} from './estimates/foresight.ts';
import {Frontier} from './frontier.ts';
import {Healing} from './healing.ts';
import {LeaseWatch} from './watches/lease-watch.ts';
import {Ledger} from './ledger.ts';
import {LifeWatch} from './watches/life-watch.ts';
import {ResultWatch} from './watches/result-watch.ts';
import {Retries} from './retries.ts';
import type {Task} from './run-queue.ts';
import type {ExecutionSetup} from './run-setup.ts';
import {Sharers} from './sharers.ts';
import {Turns} from './turns.ts';

/**
 * One run from its first decision to its last outcome. Everything happens in `#advance`, which is called after every
 * change: it decides about ready instances, starts those with devices, and notices the end.
 */
export class Execution {
  readonly #setup: ExecutionSetup;
  readonly #frontier: Frontier;
  readonly records: Records;
  readonly #decisions: Decisions;
  readonly #forecast: Forecast;
  readonly #dispatcher: Dispatcher;
  readonly #ledger: Ledger;
  readonly #running = new Map<InstanceId, Attempt>();
  readonly #foresight: Foresight;
  readonly #life: LifeWatch;
  /** Instances whose keys others compute, and instances that are for others to compute. */
  readonly #waiting: LeaseWatch;
  readonly #awaited: ResultWatch;
  readonly #fetches: Fetches;
  readonly #retries: Retries;
  readonly #sharers = new Sharers();
  readonly #healing: Healing;
  #settle: ((error?: unknown) => void) | undefined;

  constructor(setup: ExecutionSetup) {
    const {graph, emit} = setup;
    const {member} = setup.member.head;
    this.#setup = setup;
    const turns = new Turns(member, () => this.#dispatcher.reorder());
    this.#frontier = new Frontier(graph);
    const elsewhere = setup.remote?.cache.records;
    this.records = new Records(setup.store, {tend: true, elsewhere});
    const history = new History(setup.store);
    const lowers = new LowerInstances(graph);
    this.#forecast = new Forecast(graph, history, lowers);
    const onError = (error: unknown): void => this.#settle?.(error);
    this.#dispatcher = new Dispatcher({
      ...setup,
      rankOf: ({instance}) => this.#forecast.rank(instance.id),
      turnOf: ({key}) => turns.of(key),
      onChange: () => this.#guard(() => this.#advance()),
      onError,
    });
    const [forecast, dispatcher, running] = [this.#forecast, this.#dispatcher, this.#running];
    this.#foresight = new Foresight({setup, forecast, dispatcher, running});
    const lookAgain = (id: InstanceId): void => {
      this.#frontier.putBack(id);
      this.#guard(() => this.#advance());
    };
    this.#waiting = new LeaseWatch({...setup, member, turns, onFree: lookAgain, onError});
    this.#awaited = new ResultWatch({...setup, member, onOver: lookAgain, onError});
    this.#fetches = new Fetches(setup, lookAgain, onError);
    const {backOffMs, quietMs} = setup.waits;
    this.#life = new LifeWatch({running: this.#running, quietMs, emit});
    const onDue = (task: Task): void => {
      this.#dispatcher.add(task);
      this.#guard(() => this.#advance());
    };
    this.#retries = new Retries({tries: setup.tries, backOffMs, emit, onDue});
    this.#ledger = new Ledger({graph, frontier: this.#frontier, forecast, emit});
    this.#decisions = new Decisions({
      setup,
      frontier: this.#frontier,
      ledger: this.#ledger,
      records: this.records,
      history,
      lowers,
    });
    this.#healing = new Healing(setup, this.#ledger, this.#frontier);
  }

  /** Resolves when this process has nothing more to do. Rejects with the file system's error if the store cannot be used. */
  async run(): Promise<Ledger> {
    const {stopSignal, killSignal, part, graph} = this.#setup;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = (error) => (error === undefined ? resolve() : reject(error));
        stopSignal.addEventListener('abort', () => this.#guard(() => this.#stop()));
        killSignal.addEventListener('abort', () => this.#guard(() => this.#kill()));
        const advance = (): void => this.#guard(() => this.#advance());
        part.haltSignal.addEventListener('abort', advance);
        this.records.whileSurveyed(graph.instances.size, advance);
      });
    } finally {
      this.#foresight.close();
      this.records.flush();
    }
    return this.#ledger;
  }

  /** Resolves when no attempt runs any more; some may outlive a run that failed. */
  ended(): Promise<unknown> {
    return Promise.all(Array.from(this.#running.values(), ({ended}) => ended));
  }

  get #halted(): boolean {
    const {keepGoing, stopSignal, part} = this.#setup;
    if (stopSignal.aborted || part.haltSignal.aborted) return true;
    return this.#ledger.hasFailure && !keepGoing;
  }

  #advance(): void {
    while (!this.#halted) {
      const instance = this.#frontier.take();
      if (instance !== undefined) {
        this.#consider(instance);
        continue;
      }
      const next = this.#dispatcher.take();
      if (next === undefined) break;
      if (this.#setup.part.takes(next.task)) this.#start(next.task, next.grant);
      else this.#leave(next.task, next.grant);
    }
    this.#setup.flush();
    if (this.#halted) {
      this.#waiting.clear();
      this.#awaited.clear();
      this.#retries.clear();
      this.#dispatcher.close();
    }
    const isExpecting = !this.#waiting.isEmpty || this.#dispatcher.isWaiting;
    const isWaiting = isExpecting || !this.#awaited.isEmpty || !this.#retries.isEmpty;
    const isFetching = !this.#halted && !this.#fetches.isEmpty;
    const isBusy = this.#running.size > 0 || isFetching;
    this.#setup.part.rest(!isBusy && this.#retries.isEmpty, isExpecting);
    if (isBusy || isWaiting) return;
    this.#dispatcher.close();
    this.#settle?.();
  }

  #consider(instance: Instance): void {
    const {store, tries, part} = this.#setup;
    const fingerprint = this.#decisions.fingerprint(instance);
    const decision = this.#decisions.decide(instance, fingerprint);
    const {key} = decision;
    if (this.#fetches.begin(instance, decision)) return;
    if (decision.kind === 'hit') {
      this.#ledger.hit(instance, decision);
      return;
    }
    if (this.#setup.onlyStored && !acceptsPartialInput(instance))
      return this.#ledger.leave(instance.id);
    if (this.#decisions.putBehind(instance, decision)) return;
    if (this.#sharers.join(key, instance.id)) return;
    const {final} = tries.failuresOf({instance, key});
    if (final !== undefined) return this.#ledger.fail(instance.id, final);
    if (!part.takes({instance, key})) return this.#awaited.add(instance.id, key);
    const holder = findLease(store, key);
    if (holder !== undefined) {
      this.#waiting.add(instance.id, key, holder);
      return;
    }
    this.#sharers.begin(key);
    this.#dispatcher.add({instance, key, fingerprint, reasons: decision.reasons});
  }

  #start(task: Task, grant: Grant): void {
    const {id} = task.instance;
    // All other instances need this one first, so it may use the whole machine.
    const isIdle = this.#waiting.isEmpty && this.#awaited.isEmpty && this.#dispatcher.isEmpty;
    const alone = this.#running.size === 0 && isIdle;
    const threads = alone ? this.#setup.executor.capacity('cpu') : grant.devices.length;
    const attempt = new Attempt(task, this.#setup, {
      grant,
      threads,
      expectedMs: this.#forecast.expectedMs(task, alone),
    });
    this.#running.set(id, attempt);
    this.#life.start();
    this.#foresight.load().catch((error: unknown) => this.#settle?.(error));
    const perform = async (): Promise<void> => {
      const missing = await this.#fetches.bringInputs(task);
      const ended = missing === undefined ? attempt.perform() : this.#withoutInput(missing);
      this.#foresight.tell();
      await this.#conclude(task, await ended);
      this.#running.delete(id);
      grant.release();
      this.#foresight.tell();
      this.#advance();
    };
    perform().catch((error: unknown) => this.#settle?.(error));
  }

  /** The outcome of an instance of which an input cannot be had, or is not waited for any more. */
  #withoutInput(digest: Digest): Outcome {
    return this.#setup.stopSignal.aborted ? {kind: 'suspended'} : {kind: 'input-damaged', digest};
  }

  async #conclude(task: Task, outcome: Outcome): Promise<void> {
    const {instance, key} = task;
    switch (outcome.kind) {
      case 'published':
        this.records.add(outcome.record);
        this.#ledger.finish(instance, outcome);
        this.#setup.remote?.share(instance, task.fingerprint, outcome.record);
        if (this.#forecast.learn(task, outcome.record.durationMs)) this.#dispatcher.reorder();
        break;
      case 'hit':
        this.#ledger.hit(instance, {key, record: outcome.record});
        break;
      case 'busy':
        this.#waiting.add(instance.id, key, outcome.by);
        break;
      case 'input-damaged':
        await this.#healing.heal(instance, outcome.digest);
        this.#decisions.forgetDigests();
        break;
      case 'suspended':
        this.#ledger.suspend(instance.id, outcome.endedAfterMs);
        break;
      case 'failed':
        // An instance that was ended on request can continue from its last checkpoint: it has not failed.
        if (this.#setup.killSignal.aborted) this.#ledger.suspend(instance.id);
        // Its sharers keep waiting for another attempt.
        else if (!this.#halted && this.#retries.plan(task, outcome.cause)) return;
        else this.#ledger.fail(instance.id, outcome.cause);
        break;
    }
    // The key is stored now, or they have to compute it themselves.
    for (const id of this.#sharers.end(key)) this.#frontier.putBack(id);
  }

  /** Leaves a task to others, which this process does not take any more. */
  #leave({instance, key}: Task, grant: Grant): void {
    grant.release();
    this.#frontier.putBack(instance.id);
    for (const id of this.#sharers.end(key)) this.#frontier.putBack(id);
  }

  #stop(): void {
    for (const attempt of this.#running.values()) attempt.stop();
    this.#advance();
  }

  #kill(): void {
    for (const attempt of this.#running.values()) attempt.kill();
  }

  /** Makes an error in a callback an error of the run. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#settle?.(error);
    }
  }
}

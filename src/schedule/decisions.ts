import type {Instance, InstanceId} from '../pipeline/graph/instance.ts';
import {
  decide,
  decideForced,
  fingerprintOf,
  type Decision,
  type SharedDigests,
} from '../plan/decide.ts';
import {valueOf} from '../plan/going-on.ts';
import type {History} from '../plan/history.ts';
import type {LowerInstances} from '../plan/lower-instances.ts';
import {hasCheckpoint} from '../store/checkpoints.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Records} from '../store/records/records.ts';
import type {Frontier} from './frontier.ts';
import type {Ledger} from './ledger.ts';
import type {ExecutionSetup} from './run-setup.ts';

interface Given {
  readonly setup: Pick<ExecutionSetup, 'forced' | 'tries' | 'store'>;
  readonly records: Records;
  readonly history: History;
  readonly lowers: LowerInstances;
  readonly frontier: Frontier;
  readonly ledger: Pick<Ledger, 'records'>;
}

/** Decides about the instances of a run whose inputs are done. */
export class Decisions {
  readonly #given: Given;
  readonly #digests: SharedDigests = new Map();

  constructor(given: Given) {
    this.#given = given;
  }

  fingerprint(instance: Instance): Fingerprint {
    const {records} = this.#given.ledger;
    return fingerprintOf(instance, (ref) => records.get(ref.instance), this.#digests);
  }

  /** To be called when a result was made again. */
  forgetDigests(): void {
    this.#digests.clear();
  }

  /**
   * Decides about an instance. A forced instance runs once in a run, together with all that share its key: what has
   * already run need not run again.
   */
  decide(instance: Instance, fingerprint: Fingerprint): Decision {
    const {forced, tries} = this.#given.setup;
    if (forced?.has(instance.id) === true) {
      const decision = decideForced(fingerprint);
      if (!tries.hasMade(decision.key)) return decision;
    }
    const {records, history, lowers, ledger} = this.#given;
    const done = lowers.of(instance).filter(({id}) => ledger.records.has(id));
    return decide(instance, fingerprint, {records, history, made: done.map(valueOf)});
  }

  /**
   * Puts an instance that is to run behind one of this run from whose result it will go on, if there is one. What has a
   * checkpoint goes on from that.
   */
  putBehind(instance: Instance, {key, reasons}: Extract<Decision, {kind: 'run'}>): boolean {
    const {lowers, frontier, setup} = this.#given;
    const isAwaited = (id: InstanceId): boolean => frontier.isAwaited(id);
    const lower = lowers.awaitedBy(instance, reasons, isAwaited);
    if (lower === undefined || hasCheckpoint(setup.store, key)) return false;
    frontier.putBehind(instance.id, lower.id);
    return true;
  }
}

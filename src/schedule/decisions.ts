import type {Instance, InstanceId} from '../pipeline/graph/instance.ts';
import {
  decide,
  decideForced,
  fingerprintOf,
  type Decision,
  type SharedDigests,
} from '../plan/decide.ts';
import type {Known} from '../plan/lower-result.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Frontier} from './frontier.ts';
import type {Ledger} from './ledger.ts';
import type {ExecutionSetup} from './run-setup.ts';

interface Given extends Known {
  readonly setup: Pick<ExecutionSetup, 'forced' | 'tries'>;
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
    return decide(instance, fingerprint, this.#given);
  }

  /** Puts an instance that is to run behind one of this run from whose result it will go on, if there is one. */
  putBehind(instance: Instance, {reasons}: Extract<Decision, {kind: 'run'}>): boolean {
    const {lowers, frontier} = this.#given;
    const isAwaited = (id: InstanceId): boolean => frontier.isAwaited(id);
    const lower = lowers.awaitedBy(instance, reasons, isAwaited);
    if (lower !== undefined) frontier.putBehind(instance.id, lower.id);
    return lower !== undefined;
  }
}

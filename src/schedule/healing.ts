import path from 'node:path';
import type {Digest} from '../base/digest.ts';
import {InternalError} from '../base/internal-error.ts';
import type {Instance, InstanceId} from '../pipeline/graph/instance.ts';
import {quarantineArtifact, verifyArtifact} from '../store/artifacts/verify-artifact.ts';
import {hasArtifact} from '../store/records/record.ts';
import type {Frontier} from './frontier.ts';
import type {Ledger} from './ledger.ts';
import type {ExecutionSetup} from './run-setup.ts';

/** Has inputs made again that are damaged, or that a remote cache has lost. */
export class Healing {
  readonly #setup: ExecutionSetup;
  readonly #ledger: Ledger;
  readonly #frontier: Frontier;
  /** Instances that ran again because their output was damaged. */
  readonly #healed = new Set<InstanceId>();

  constructor(setup: ExecutionSetup, ledger: Ledger, frontier: Frontier) {
    this.#setup = setup;
    this.#ledger = ledger;
    this.#frontier = frontier;
  }

  /** Has the producer of an input run again, and then the instance that could not use it. */
  async heal(instance: Instance, digest: Digest): Promise<void> {
    const {store} = this.#setup;
    const producer = this.#frontier
      .upstreams(instance.id)
      .find((id) => hasArtifact(this.#ledger.records.get(id), digest));
    if (producer === undefined) throw new InternalError(`Nothing made the input ${digest}.`);
    // If it is being made already, or was made anew by another process, the instance only tries again.
    const isDone = this.#frontier.status(producer) === 'done';
    if (
      isDone &&
      !this.#forget(producer, digest) &&
      (await verifyArtifact(store, digest)) !== 'whole'
    ) {
      if (this.#healed.has(producer)) {
        const message = `The artifact ${digest} was made anew and is damaged again.`;
        this.#ledger.fail(instance.id, {kind: 'store-error', message});
        return;
      }
      await this.#setAside(producer, digest);
    }
    this.#frontier.putBack(instance.id);
  }

  /** Has a result made again whose record is in a remote cache, and whose bytes are not. Gives whether it is such a one. */
  #forget(producer: InstanceId, digest: Digest): boolean {
    const {remote, emit} = this.#setup;
    const {key} = this.#ledger.records.get(producer)!;
    if (remote?.cache.forget(key) !== true) return false;
    emit({kind: 'artifact-damaged', digest, producer, isElsewhere: true});
    this.#ledger.reopen(producer);
    return true;
  }

  async #setAside(producer: InstanceId, digest: Digest): Promise<void> {
    const {store, emit} = this.#setup;
    const moved = await quarantineArtifact(store, digest);
    const quarantined = moved && {quarantined: path.relative(store.root, moved)};
    emit({kind: 'artifact-damaged', digest, producer, ...quarantined});
    this.#healed.add(producer);
    this.#ledger.reopen(producer);
  }
}

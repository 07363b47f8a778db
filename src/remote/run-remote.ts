import PQueue from 'p-queue';
import {isSystemError} from '../base/errno.ts';
import type {OutputPort} from '../contract/contract.ts';
import type {Instance} from '../pipeline/graph/instance.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {StageRecord} from '../store/records/record.ts';
import type {RemoteCache} from './remote-cache.ts';
import {RemoteError} from './remote.ts';
import {shareResult, type Shared, type Sharing} from './share-result.ts';

/** Results that are shared at a time. */
const concurrency = 8;

export interface RunSharing extends Sharing {
  /** Stage types whose bulky outputs are shared, too. */
  readonly keep: readonly string[];
  /** Called with a sentence about a result that differs from the one that is there. */
  readonly warn: (sentence: string) => void;
}

/** The remote cache of one run: what it takes from there, and what it puts there beside its work. */
export class RunRemote {
  readonly cache: RemoteCache;
  /** Results that were shared, those that could not be, artifacts that are too large, and what was put. */
  readonly tally = {shared: 0, failed: 0, tooLarge: 0, putBytes: 0};
  readonly #sharing: RunSharing | undefined;
  readonly #leave: () => void;
  readonly #queue = new PQueue({concurrency});
  readonly #errors: unknown[] = [];

  /**
   * @param leave ends all requests, and makes none any more
   * @param sharing absent: nothing is shared
   */
  constructor(cache: RemoteCache, leave: () => void, sharing?: RunSharing) {
    this.cache = cache;
    this.#leave = leave;
    this.#sharing = sharing;
  }

  /** Begins to share a result. A failure is counted, and fails nothing. */
  share(instance: Instance, fingerprint: Fingerprint, record: StageRecord): void {
    const sharing = this.#sharing;
    if (sharing === undefined) return;
    const result = {
      record,
      fingerprint,
      outputs: sharedOutputs(instance, sharing.keep),
      forms: instance.type.contract.outputs,
      isLost: this.cache.isLost(record.key),
    };
    void this.#queue.add(async () => {
      try {
        this.#count(record, await shareResult(result, sharing));
      } catch (error) {
        // A clean-up may have taken an artifact.
        if (error instanceof RemoteError || isSystemError(error)) this.tally.failed++;
        else this.#errors.push(error);
      }
    });
  }

  #count({key}: StageRecord, {putBytes, tooLarge, differs}: Shared): void {
    this.tally.putBytes += putBytes;
    this.tally.tooLarge += tooLarge.length;
    if (differs) {
      const sentence = `The result ${key} is there with other bytes, which stay`;
      this.#sharing!.warn(`${sentence} (${this.cache.title}).`);
    } else this.tally.shared++;
  }

  /** Resolves when everything that is being shared has been shared, or has failed. */
  async settled(): Promise<void> {
    await this.#queue.onIdle();
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  /** Ends everything that is under way at once. What has not been shared counts as failed. */
  leave(): void {
    this.#leave();
  }
}

/** The outputs of an instance whose bytes are shared: all but bulky ones, unless those of its type are kept. */
export function sharedOutputs(
  {type}: Pick<Instance, 'type'>,
  keep: readonly string[],
): readonly string[] {
  const {contract} = type;
  const ports = Object.entries<OutputPort>(contract.outputs);
  const isShared = keep.includes(contract.type);
  return ports.flatMap(([name, {bulky}]) => (bulky === true && !isShared ? [] : [name]));
}

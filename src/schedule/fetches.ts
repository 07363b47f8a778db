import {existsSync} from 'node:fs';
import type {Digest} from '../base/digest.ts';
import {mapConcurrently} from '../base/map-concurrently.ts';
import {resultOutputs} from '../journal/collect-results.ts';
import type {Instance, InstanceId} from '../pipeline/graph/instance.ts';
import type {Decision} from '../plan/decide.ts';
import type {RemoteCache} from '../remote/remote-cache.ts';
import {blobPath} from '../store/layout.ts';
import {isForced, type Task} from './run-queue.ts';
import type {ExecutionSetup} from './run-setup.ts';

/** What a run asks a remote cache for while it goes on: records, the bytes of its results, and inputs. */
export class Fetches {
  readonly #setup: ExecutionSetup;
  readonly #cache: RemoteCache | undefined;
  readonly #onEnd: (id: InstanceId) => void;
  readonly #onError: (error: unknown) => void;
  readonly #under = new Set<InstanceId>();
  readonly #results: ReadonlyMap<InstanceId, readonly string[]>;

  /** @param onEnd called when an instance is to be decided about once more */
  constructor(
    setup: ExecutionSetup,
    onEnd: (id: InstanceId) => void,
    onError: (error: unknown) => void,
  ) {
    this.#setup = setup;
    this.#cache = setup.remote?.cache;
    this.#onEnd = onEnd;
    this.#onError = onError;
    this.#results = this.#cache === undefined ? new Map() : resultOutputs(setup.graph);
  }

  /** Whether nothing is under way for an instance that is not decided yet. */
  get isEmpty(): boolean {
    return this.#under.size === 0;
  }

  /**
   * Begins what has to be asked for before a decision holds: a record that may be there, or the bytes of a result that is
   * there. Gives whether there is something: then the instance is to be decided about once more.
   */
  begin(instance: Instance, decision: Decision): boolean {
    const work = this.#workFor(instance, decision);
    if (work === undefined) return false;
    this.#under.add(instance.id);
    const end = async (): Promise<void> => {
      await work;
      this.#under.delete(instance.id);
      this.#onEnd(instance.id);
    };
    end().catch(this.#onError);
    return true;
  }

  #workFor(instance: Instance, decision: Decision): Promise<unknown> | undefined {
    const [cache, {key}] = [this.#cache, decision];
    if (cache === undefined) return undefined;
    if (decision.kind === 'run') {
      if (isForced(decision) || cache.isOff || cache.hasAnswered(key)) return undefined;
      return cache.find(key, instance.type.contract.outputs);
    }
    if (decision.isElsewhere !== true) return undefined;
    const outputs = this.#results.get(instance.id) ?? [];
    const digests = outputs.flatMap((name) =>
      decision.record.outputs[name]!.artifacts.map(({digest}) => digest),
    );
    return this.#tell(instance, cache, digests) ? this.#bringResult(decision, outputs) : undefined;
  }

  async #bringResult({key}: Decision, outputs: readonly string[]): Promise<void> {
    const cache = this.#cache!;
    // A result without its bytes is none: the instance runs.
    if (!(await cache.bringResult(key, outputs)) && !this.#setup.stopSignal.aborted) {
      cache.forget(key);
    }
  }

  /** Brings the inputs of a task that are in a remote cache. Gives one that is not in the store, and cannot be had. */
  async bringInputs({instance, fingerprint}: Task): Promise<Digest | undefined> {
    const cache = this.#cache;
    if (cache === undefined) return undefined;
    const digests = [...new Set(Object.values(fingerprint.inputs).flat())];
    if (!this.#tell(instance, cache, digests)) return undefined;
    const absent = digests.filter((digest) => cache.sizeOf(digest) !== undefined);
    const brought = await mapConcurrently(absent, (digest) => cache.bring(digest));
    return absent.find((_, index) => brought[index] !== true);
  }

  /** Says what is going to be fetched for an instance. Gives whether it is anything. */
  #tell({id}: Instance, cache: RemoteCache, digests: readonly Digest[]): boolean {
    const {store, emit} = this.#setup;
    const sizes = new Map(
      digests.flatMap((digest) => {
        const sizeBytes = cache.sizeOf(digest);
        const isHere = sizeBytes === undefined || existsSync(blobPath(store, digest));
        return isHere ? [] : [[digest, sizeBytes] as const];
      }),
    );
    if (sizes.size === 0) return false;
    const sizeBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    emit({kind: 'fetching', instance: id, files: sizes.size, sizeBytes});
    return true;
  }
}

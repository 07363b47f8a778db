import {hasResult, readRun} from '../../journal/run-account.ts';
import type {RunEventBody} from '../../journal/event.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {seemsAlive} from '../../store/claims/members.ts';
import type {ProcessIdentity} from '../../store/claims/process-identity.ts';
import {tellerPath, type Store} from '../../store/layout.ts';
import {takeRole} from './take-role.ts';

/**
 * Keeps out of a member's journal the hits that others tell. Every member finds every result of the run; if each told
 * all of them, readers would need memory for members times instances. So one member, the teller, tells the hits of which
 * no journal told when it joined, and the others tell only the outcomes of instances of which they have told something.
 * A teller may die: `closeRun` tells the hits that are missing then.
 */
export class ToldHits {
  /** The instances with results of which journals told before; `undefined`: this member is not the teller. */
  readonly #before: ReadonlySet<InstanceId> | undefined;
  /** Instances of which this member has told something, and no outcome. */
  readonly #open = new Set<InstanceId>();

  private constructor(before: ReadonlySet<InstanceId> | undefined) {
    this.#before = before;
  }

  static async of(store: Store, run: string, self: ProcessIdentity): Promise<ToldHits> {
    // Two tellers do no harm.
    const keeps = (teller?: ProcessIdentity): boolean =>
      teller !== undefined && seemsAlive(store, teller);
    const isTeller = await takeRole(store, tellerPath(store, run), self, keeps);
    if (!isTeller) return new ToldHits(undefined);
    const told = [...readRun(store, run).instances.values()];
    const done = told.filter(hasResult);
    return new ToldHits(new Set(done.map(({id}) => id)));
  }

  /** Whether the member is to tell an event. */
  isNews(event: RunEventBody): boolean {
    const id = 'producer' in event ? event.producer : 'instance' in event && event.instance;
    if (id === undefined || id === false) return true;
    const wasOpen = this.#open.delete(id);
    if (event.kind === 'hit') return wasOpen || this.#before?.has(id) === false;
    if (!ending.has(event.kind)) this.#open.add(id);
    return true;
  }
}

const ending: ReadonlySet<string> = new Set(['finished', 'failed', 'suspended']);

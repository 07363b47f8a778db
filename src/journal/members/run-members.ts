import type {LeaveReason, RunEvent} from '../event.ts';

type Joined = Extract<RunEvent, {kind: 'member-joined'}>;

/** A member of a run, as far as journals tell. */
export interface RunMember extends Pick<Joined, 'head' | 'name' | 'job' | 'pool' | 'devices'> {
  /** Absent: it has not said that it leaves. */
  readonly left?: LeaveReason;
}

/** The members of a run on a cluster, folded from its events. */
export class RunMembers {
  readonly #joined = new Map<string, RunMember>();
  /** Number of members that were asked for, by pool. */
  readonly #submitted = new Map<string, number>();

  /** In the order in which they joined. */
  get joined(): readonly RunMember[] {
    return [...this.#joined.values()];
  }

  /** The number of members of each pool that were asked for and have not joined, where there are any. */
  get awaited(): ReadonlyMap<string, number> {
    const awaited = new Map<string, number>();
    for (const [pool, submitted] of this.#submitted) {
      const missing = submitted - this.#allocationsOf(pool).size;
      if (missing > 0) awaited.set(pool, missing);
    }
    return awaited;
  }

  add(event: RunEvent): void {
    if (event.kind === 'submitted') {
      const {pool, members} = event;
      this.#submitted.set(pool, (this.#submitted.get(pool) ?? 0) + members);
    }
    if (event.kind === 'member-joined') this.#joined.set(event.head.member, event);
    if (event.kind === 'member-left') {
      const joined = this.#joined.get(event.member);
      if (joined !== undefined) this.#joined.set(event.member, {...joined, left: event.why});
    }
  }

  /** An allocation that goes on after its time was up has a member for each of its lives. */
  #allocationsOf(pool: string): ReadonlySet<string> {
    const ofPool = this.joined.filter((member) => member.pool === pool);
    return new Set(ofPool.map(({job, head}) => job ?? head.member));
  }
}

/** The member that writes a log of a run; `undefined`: it is in no member's folder. */
export function memberOfLog(log: string): string | undefined {
  return /^runs\/[^/]+\/members\/(?<member>[0-9a-f]{16})\//.exec(log)?.groups!['member'];
}

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

  /** The members, in the order in which they joined. */
  get joined(): readonly RunMember[] {
    return [...this.#joined.values()];
  }

  find(member: string): RunMember | undefined {
    return this.#joined.get(member);
  }

  /**
   * The number of members of each pool that are to come, where there are any: those that were asked for and have not
   * joined, and those that left because their time was up, whose allocations go on.
   */
  get awaited(): ReadonlyMap<string, number> {
    const awaited = new Map<string, number>();
    for (const [pool, submitted] of this.#submitted) {
      const toCome = submitted - this.#had(pool);
      if (toCome > 0) awaited.set(pool, toCome);
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

  /** Number of allocations of a pool that were there and are not to come again; each has a member for each life. */
  #had(pool: string): number {
    const ofPool = this.joined.filter((member) => member.pool === pool);
    const latest = new Map(ofPool.map((member) => [member.job ?? member.head.member, member]));
    return [...latest.values()].filter(({left}) => left !== 'time').length;
  }
}

/** The member that writes a log of a run; `undefined`: it is in no member's folder. */
export function memberOfLog(log: string): string | undefined {
  return /^runs\/[^/]+\/members\/(?<member>[0-9a-f]{16})\//.exec(log)?.groups!['member'];
}

import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {RunEvent, Superseded} from '../event.ts';
import {Forecasts} from './forecasts.ts';
import type {ToldEvent} from './in-order.ts';

/** Member of a run, or `undefined` for the process that shows it. */
type Teller = string | undefined;
type Of<Kind extends RunEvent['kind']> = Extract<RunEvent, {kind: Kind}>;
type Ending = Of<'hit' | 'finished' | 'failed' | 'suspended' | 'skipped' | 'unstarted'>;
type Outcome = Superseded | 'finished';

/** The strength of each outcome: members may tell of outcomes in any order, and the strongest counts. */
const strength: Readonly<Record<Outcome, number>> = {left: 1, hit: 2, failed: 3, finished: 4};

/** The facts that members have told about an instance. */
interface Course {
  outcome?: Outcome;
  /** The member at which it runs. Absent: it runs nowhere. */
  runsAt?: {readonly member: Teller};
  /** It waits for another run. */
  isAwaited?: boolean;
  /** Its result was found, but a member tells that it is at work on it. */
  found?: Of<'hit'>;
}

/**
 * Makes one history of what the members of a run tell, each in order, but not all in the order in which it happened.
 * Every member decides about every instance, so most of it was told before: what adds nothing is left out, and an
 * outcome replaces a weaker one.
 */
export class Merge {
  readonly #courses = new Map<InstanceId, Course>();
  readonly #told = new Set<RunEvent['kind']>();
  readonly #names = new Map<Teller, string>();
  readonly #forecasts = new Forecasts();

  /** The events that are part of the history. */
  all(told: readonly ToldEvent[]): readonly RunEvent[] {
    return told.flatMap(({event, member}) => this.add(event, member) ?? []);
  }

  /** The event as part of the history. `undefined`: it adds nothing. */
  add(event: RunEvent, member: Teller): RunEvent | undefined {
    switch (event.kind) {
      case 'run-started':
      case 'planned':
        return member === undefined ? this.#once(event) : undefined;
      case 'run-finished':
        return this.#once(event);
      case 'submitted':
      case 'warned':
        return event;
      case 'member-joined':
      case 'member-left':
        return this.#membership(event, member);
      case 'gpus-found':
        return this.#oddGpus(event, member);
      case 'forecast':
        return this.#forecasts.add(event, member);
      case 'started':
        return this.#begin(event, member);
      case 'hit':
      case 'finished':
      case 'failed':
      case 'suspended':
      case 'skipped':
      case 'unstarted':
        return this.#end(event, member);
      case 'artifact-damaged':
        return this.#reopen(event);
      case 'waiting':
        return this.#wait(event, member);
      case 'fetching':
      case 'waiting-for-gpu':
        return this.#isPending(event.instance) ? event : undefined;
      case 'retrying':
        return this.#retry(event, member);
      case 'progress':
      case 'resumed':
      case 'overdue':
      case 'quiet':
      case 'stirred':
        return this.#runsAt(event.instance, member) ? event : undefined;
    }
  }

  #once(event: RunEvent): RunEvent | undefined {
    if (this.#told.has(event.kind)) return undefined;
    this.#told.add(event.kind);
    return event;
  }

  /** A member itself says that it joins or leaves, and nobody else. */
  #membership(event: Of<'member-joined' | 'member-left'>, member: Teller): RunEvent | undefined {
    const named = event.kind === 'member-joined' ? event.head.member : event.member;
    if (named !== member) return undefined;
    if (event.kind === 'member-joined') this.#names.set(member, event.name);
    else this.#forecasts.remove(member);
    return event;
  }

  /** The devices of a member are told when it joins, so that only what is odd about its GPUs is told. */
  #oddGpus(event: Of<'gpus-found'>, member: Teller): RunEvent | undefined {
    const name = this.#names.get(member);
    if (!event.isOdd || name === undefined) return event.isOdd ? event : undefined;
    return {...event, why: event.why.map((sentence) => `${name}: ${sentence}`)};
  }

  /** A member that starts an instance which runs at another member shows that the other one has died. */
  #begin(event: Of<'started'>, member: Teller): RunEvent | undefined {
    const course = this.#course(event.instance);
    const {outcome} = course;
    if (outcome === 'finished' || outcome === 'failed') return undefined;
    if (course.runsAt !== undefined) this.#forecasts.remove(course.runsAt.member);
    course.runsAt = {member};
    course.isAwaited = false;
    delete course.outcome;
    return outcome === undefined ? event : {...event, instead: outcome};
  }

  #end(event: Ending, member: Teller): RunEvent | undefined {
    const course = this.#course(event.instance);
    if (event.kind === 'suspended' && this.#runsElsewhere(course, member)) return undefined;
    const outcome = outcomeOf(event);
    // A result that was found stays, however the attempt has ended.
    if (outcome === 'left' && course.found !== undefined) {
      return this.#end({...course.found, at: event.at}, member);
    }
    const before = course.outcome;
    if (before !== undefined && strength[outcome] <= strength[before]) return undefined;
    course.outcome = outcome;
    course.isAwaited = false;
    delete course.runsAt;
    if (event.kind === 'hit') course.found = event;
    return before === undefined || before === 'finished' ? event : {...event, instead: before};
  }

  /** Several members may find the same artifact damaged, while one makes it again. */
  #reopen(event: Of<'artifact-damaged'>): RunEvent | undefined {
    const course = this.#course(event.producer);
    if (course.outcome !== 'hit' && course.outcome !== 'finished') return undefined;
    delete course.outcome;
    delete course.found;
    return event;
  }

  #wait(event: Of<'waiting'>, member: Teller): RunEvent | undefined {
    const course = this.#course(event.instance);
    if (course.outcome !== undefined || course.isAwaited === true) return undefined;
    if (this.#runsElsewhere(course, member)) return undefined;
    course.isAwaited = true;
    delete course.runsAt;
    return event;
  }

  #retry(event: Of<'retrying'>, member: Teller): RunEvent | undefined {
    if (!this.#runsAt(event.instance, member)) return undefined;
    delete this.#course(event.instance).runsAt;
    return event;
  }

  #isPending(id: InstanceId): boolean {
    const {outcome, runsAt} = this.#course(id);
    return outcome === undefined && runsAt === undefined;
  }

  #runsAt(id: InstanceId, member: Teller): boolean {
    const {runsAt} = this.#course(id);
    return runsAt !== undefined && runsAt.member === member;
  }

  #runsElsewhere({runsAt}: Course, member: Teller): boolean {
    return runsAt !== undefined && runsAt.member !== member;
  }

  #course(id: InstanceId): Course {
    let course = this.#courses.get(id);
    if (course === undefined) this.#courses.set(id, (course = {}));
    return course;
  }
}

function outcomeOf({kind}: Ending): Outcome {
  return kind === 'hit' || kind === 'finished' || kind === 'failed' ? kind : 'left';
}

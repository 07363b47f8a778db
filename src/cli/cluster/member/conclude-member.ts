import type {RunRequest} from '../../../cluster/request.ts';
import type {LeaveReason} from '../../../journal/event.ts';
import type {MemberEnd} from '../../../schedule/membership/run-as-member.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import type {Interrupts} from '../../pipeline/take-interrupts.ts';
import type {World} from '../../world.ts';

/** Says why a member has left, and gives its exit code: 75 has the script of the allocation continue it. */
export function concludeMember(
  member: {
    readonly end: MemberEnd;
    readonly request: RunRequest;
    readonly run: string;
    readonly isStoreAtFault: boolean;
    readonly interrupts: Interrupts;
  },
  world: World,
): ExitCode {
  const {end, request, run, isStoreAtFault, interrupts} = member;
  const say = (why: string): void => world.stdout.write(`Run ${run}: ${why}\n`);
  if (end.closed !== undefined) say(`the run has ended (${end.closed.outcome}).`);
  if (interrupts.killSignal.aborted) return exitCodes.killed;
  say(end.why === 'stuck' ? whyStuck(end, request) : leaving[end.why]);
  return end.why === 'failure' && isStoreAtFault ? exitCodes.storeUnusable : codes[end.why];
}

const leaving: Readonly<Record<Exclude<LeaveReason, 'stuck'>, string>> = {
  done: 'everything is done.',
  idle: 'there is nothing to do for this member.',
  stop: 'this member was asked to stop.',
  failure: 'this member leaves, since an instance has failed.',
  time: 'the time of this allocation is up, or is too short for what is left. It is to be continued.',
};

const codes: Readonly<Record<LeaveReason, ExitCode>> = {
  done: exitCodes.ok,
  idle: exitCodes.ok,
  stop: exitCodes.ok,
  failure: exitCodes.stageFailed,
  time: exitCodes.suspended,
  stuck: exitCodes.stuck,
};

function whyStuck({hasProgressed}: MemberEnd, {restarts}: RunRequest): string {
  if (!hasProgressed) {
    return 'the time of this allocation is up, and it has stored neither a result nor a checkpoint. It is not continued, since it would end in the same way: give the pool more time.';
  }
  const times = restarts === 1 ? 'once' : `${restarts} times`;
  return `the time of this allocation is up, and it was continued ${times}, which is the limit.`;
}

import type {RunEvent, RunEventBody} from '../../../src/journal/event.ts';
import {Merge} from '../../../src/journal/members/merge.ts';
import {RunAccount} from '../../../src/journal/run-account.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {keyOf, toldAt} from './told-run.ts';

/** An event, and the member that tells it; `undefined`: the process that shows the run. */
export type ToldBy = readonly [teller: string | undefined, event: RunEventBody];

/** What the merge makes of what tellers say, one after the other, and the run that it amounts to. */
export function merged(...told: readonly ToldBy[]): {
  readonly events: readonly RunEvent[];
  /** The kinds, with the first letter of the teller and the outcome that is replaced. */
  readonly kinds: readonly string[];
  readonly run: RunAccount;
} {
  const merge = new Merge();
  const run = new RunAccount({root: '/nowhere'}, 'told');
  const events: RunEvent[] = [];
  const kinds: string[] = [];
  for (const [ms, [teller, body]] of told.entries()) {
    const event = merge.add(toldAt([ms, body])[0]!, teller);
    if (event === undefined) continue;
    run.add(event);
    events.push(event);
    const instead = event.instead === undefined ? '' : ` instead of ${event.instead}`;
    kinds.push(`${teller?.[0] ?? '-'} ${event.kind}${instead}`);
  }
  return {events, kinds, run};
}

/** What may be told of an instance. */
export function eventsOf(
  id: string,
): Readonly<
  Record<'hit' | 'failed' | 'suspended' | 'waiting' | 'retrying' | 'progress', RunEventBody>
> {
  const instance = id as InstanceId;
  const cause = {kind: 'killed', signal: 'SIGKILL'} as const;
  return {
    hit: {kind: 'hit', instance, key: keyOf(id), savedMs: 7},
    failed: {kind: 'failed', instance, cause},
    suspended: {kind: 'suspended', instance},
    waiting: {kind: 'waiting', instance, key: keyOf(id), pid: 7},
    retrying: {kind: 'retrying', instance, cause, next: 2, delayMs: 0},
    progress: {kind: 'progress', instance, progress: {done: 1, total: 2, unit: 'step'}},
  };
}

import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import PQueue from 'p-queue';
import {makeFolders} from '../../base/make-folders.ts';
import type {LeaveReason, RunEventBody} from '../../journal/event.ts';
import {readMembers} from '../../journal/members/read-members.ts';
import type {RunMember} from '../../journal/members/run-members.ts';
import type {Member} from '../../store/claims/heartbeat.ts';
import {Members, seemsAlive} from '../../store/claims/members.ts';
import {runMemberFolder, type Store} from '../../store/layout.ts';
import type {Waits} from '../delays.ts';
import {slotTokens} from '../device-request.ts';
import {Execution} from '../execution.ts';
import type {Executor} from '../executor.ts';
import type {Ledger} from '../ledger.ts';
import {Recorder} from '../recorder.ts';
import type {RunSetup} from '../run-setup.ts';
import {whileMember} from '../while-member.ts';
import {closeRun, type ClosedRun} from './close-run.ts';
import {Membership, type MemberTerms} from './membership.ts';
import {isAskedToStop, RunNotes} from './run-notes.ts';
import {SharedTries} from './shared-tries.ts';
import {takeName} from './take-name.ts';
import {ToldHits} from './told-hits.ts';

/** The setup of a member of a cluster's run. */
export interface MemberSetup extends RunSetup {
  readonly run: string;
  readonly terms: MemberTerms;
  /** Called when the member begins to leave before its work is done. */
  readonly onLeaving: (why: LeaveReason) => void;
}

/** The end of a member. */
export interface MemberEnd {
  readonly why: LeaveReason;
  /** Whether it has stored a record or a checkpoint. */
  readonly hasProgressed: boolean;
  /** The run that it has closed. Absent: another process has closed it or will, or it goes on. */
  readonly closed?: ClosedRun;
}

/**
 * Computes a part of a cluster's run, together with its other members, until nothing is left for this one. Rejects only
 * if the store cannot be used.
 */
export async function runAsMember(setup: MemberSetup): Promise<MemberEnd> {
  const {store, run} = setup;
  return await whileMember(setup, async (member, starts) => {
    const folder = runMemberFolder(store, run, member.head.member);
    await makeFolders(path.join(folder, 'logs'));
    const recorder = new Recorder(folder, setup.onEvent, {isShared: true});
    const notes = new RunNotes(store, run);
    const [waits, tries] = [waitsOf(setup), new SharedTries(store, notes)];
    const isLast = (): boolean => isLastMember(store, run, member.head.member);
    const membership = new Membership({...setup, waits, notes, isLast});
    const {stopSignal} = membership;
    const {name, giveBack} = await takeName(setup, setup.terms.machine, member.head);
    const emit = namingDevices(name, recorder.emit);
    try {
      const hits = await ToldHits.of(store, run, member.head);
      const tell = (event: RunEventBody): void => {
        if (hits.isNews(event)) emit(event);
      };
      emit(await joined(name, setup, member));
      membership.begin();
      const own = {folder, member, waits, tries, part: membership, stopSignal, emit: tell};
      const claims = new PQueue({concurrency: 1});
      const {flush} = recorder;
      const shared = {claims, flush, keepsLeases: true} as const;
      const ledger = await starts(new Execution({...setup, ...own, ...shared})).run();
      const mayContinue = setup.terms.mayContinue && tries.hasProgressed;
      const left = reasonOf(membership.end(), ledger, setup);
      const why = left === 'time' && !mayContinue ? 'stuck' : left;
      emit({kind: 'member-left', member: member.head.member, name, why});
      recorder.sync();
      const isOver = await mayClose(why, member, setup);
      const closing = {...setup, records: ledger.records, closer: member.head, emit};
      const closed = isOver ? await closeRun(closing) : undefined;
      return {why, hasProgressed: tries.hasProgressed, ...(closed && {closed})};
    } finally {
      membership.end();
      recorder.close();
      await giveBack();
    }
  });
}

/** The waits of a member: its running instances must have stopped some time before the allocation ends. */
function waitsOf({waits, terms}: MemberSetup): Waits {
  if (terms.endMs === undefined) return waits;
  return {...waits, stopWithinMs: Math.min(waits.stopWithinMs, (waits.stopBeforeMs * 3) / 4)};
}

/** Says that a member has joined, with the devices that it has for what it takes. */
async function joined(
  name: string,
  {terms, executor}: MemberSetup,
  {head}: Member,
): Promise<Extract<RunEventBody, {kind: 'member-joined'}>> {
  const {job, pool, takes} = terms;
  const usesGpus = takes.includes('gpu') || takes.includes('device');
  const devices = [
    ...slotTokens(executor.capacity('cpu')),
    ...(usesGpus ? await gpuTokens(executor) : []),
  ].map((device) => `${name}/${device}`);
  return {kind: 'member-joined', head, name, ...(job !== undefined && {job}), pool, devices};
}

async function gpuTokens(executor: Executor): Promise<readonly string[]> {
  return (await executor.findGpus()).gpus.map((gpu) => `gpu:${gpu}`);
}

/** Puts the member's name before the devices in events, of which other members have some with the same names. */
function namingDevices(name: string, emit: (event: RunEventBody) => void): typeof emit {
  return (event) => {
    if (event.kind !== 'started') emit(event);
    else emit({...event, devices: event.devices.map((device) => `${name}/${device}`)});
  };
}

/** The reason why a member leaves, by what it knows of the run. */
function reasonOf(
  why: LeaveReason | undefined,
  {records, hasFailure}: Ledger,
  {graph}: MemberSetup,
): LeaveReason {
  if (records.size === graph.instances.size) return 'done';
  return why ?? (hasFailure ? 'failure' : 'done');
}

/**
 * Whether a member that has left is to close its run: all is done, or the run starts nothing more and nobody is at work
 * any more. Otherwise the rest is for those that are still to come: a member that a signal ended may come again itself.
 */
async function mayClose(why: LeaveReason, {head}: Member, setup: MemberSetup): Promise<boolean> {
  if (why === 'done') return true;
  const isOver = why === 'failure' || (why === 'stop' && isAskedToStop(setup.store, setup.run));
  return isOver && !(await areOthersAtWork(setup, head.member));
}

/**
 * Whether other members of a run have joined and not left, and live: each is watched until it beats, leaves, or was silent
 * for long enough.
 */
async function areOthersAtWork({store, run, waits}: MemberSetup, self: string): Promise<boolean> {
  const watch = new Members(store);
  for (;;) {
    const lives = presentOthers(readMembers(store, run).joined, self).map(({head}) =>
      watch.lifeOf(head),
    );
    if (lives.includes('alive')) return true;
    if (!lives.includes('unsure')) return false;
    await setTimeout(waits.stopPollMs);
  }
}

/** Whether no other member of a run is at work, and none is to come. */
function isLastMember(store: Store, run: string, self: string): boolean {
  const {awaited, joined: all} = readMembers(store, run);
  if (awaited.size > 0) return false;
  return !presentOthers(all, self).some(({head}) => seemsAlive(store, head));
}

/** The other members that have not said that they leave. */
function presentOthers(all: readonly RunMember[], self: string): readonly RunMember[] {
  return all.filter(({head, left}) => head.member !== self && left === undefined);
}

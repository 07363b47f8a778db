import {statSync} from 'node:fs';
import {isErrno, isSystemError} from '../../base/errno.ts';
import {readText} from '../../base/read-text.ts';
import {memberPath, type Store} from '../layout.ts';
import {isForeign, isRunning, type ProcessIdentity} from './process-identity.ts';
import {storeNowMs} from './store-clock.ts';

/** The number of looks, at least, that it takes to see that a member is silent. */
const looks = 3;

/** Part of the silence for which a look is good. */
const glance = 1 / 90;

/** Longest silence that a member may ask for, in milliseconds, since its file may say anything. */
const longestMs = 600_000;

/** Silence after which a member counts as dead whose file does not say so, in milliseconds. */
const usualMs = 90_000;

/** A heartbeat file at the last look. */
interface Seen {
  readonly text: string;
  readonly atMs: number;
  /** The time that the same text was watched. */
  readonly silentMs: number;
  /** Whether it was seen to change. */
  readonly hasBeaten: boolean;
}

/** Whether a process lives. `unsure`: its member has a heartbeat, which was not seen to change yet. */
export type Life = 'alive' | 'unsure' | 'dead';

/**
 * The members of a store, as far as this process has watched them. A member is dead when its heartbeat has not changed
 * for as long as it says itself, by the clock of this process: no clocks of two machines are compared.
 */
export class Members {
  readonly #store: Store;
  readonly #nowMs: () => number;
  readonly #seen = new Map<string, Seen>();

  /** @param nowMs a clock that never goes back */
  constructor(store: Store, nowMs: () => number = () => performance.now()) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /**
   * Whether a process lives: exactly known of one that can be seen from here, and of all others by the heartbeat of
   * their member. A foreign process without a member does not count: at worst its work is done twice.
   */
  isAlive(process: ProcessIdentity): boolean {
    return this.lifeOf(process) !== 'dead';
  }

  /** As `isAlive`, and whether the process is known to live. */
  lifeOf(process: ProcessIdentity): Life {
    if (!isForeign(process)) return isRunning(process) ? 'alive' : 'dead';
    const {member} = process;
    if (member === undefined || !this.#beats(member)) return 'dead';
    return this.#seen.get(member)!.hasBeaten ? 'alive' : 'unsure';
  }

  /**
   * As `isAlive`, for a process that does not watch for long: a member that was not seen to beat is also dead if its
   * heartbeat is too old by the clock of the file system.
   */
  seemsAlive(process: ProcessIdentity): boolean {
    const life = this.lifeOf(process);
    return life === 'unsure' ? !this.#isOld(process.member!) : life === 'alive';
  }

  #isOld(member: string): boolean {
    const beatMs = lastBeatMs(this.#store, member);
    const nowMs = storeNowMs(this.#store);
    if (beatMs === undefined || nowMs === undefined) return false;
    return nowMs - beatMs >= silenceIn(this.#seen.get(member)!.text);
  }

  #beats(member: string): boolean {
    const before = this.#seen.get(member);
    const atMs = this.#nowMs();
    const limitMs = silenceIn(before?.text ?? '');
    // Many leases of one member are judged by one look.
    if (before !== undefined && atMs - before.atMs < limitMs * glance) {
      return before.silentMs < limitMs;
    }
    const text = readHeartbeat(this.#store, member);
    if (text === undefined) {
      this.#seen.delete(member);
      return false;
    }
    if (before === undefined || (text !== unreadable && text !== before.text)) {
      const hasBeaten = before !== undefined && before.text !== unreadable;
      this.#seen.set(member, {text, atMs, silentMs: 0, hasBeaten});
      return true;
    }
    // While this process was stopped, perhaps everything was.
    const passedMs = Math.min(atMs - before.atMs, limitMs / looks);
    const silentMs = before.silentMs + passedMs;
    this.#seen.set(member, {...before, atMs, silentMs});
    return silentMs < limitMs;
  }
}

const members = new Map<string, Members>();

/**
 * Whether a process lives, as far as a note in the store tells (`Members.isAlive`). A process remembers what it has
 * seen: its first look at a foreign one finds it alive, unless there is no heartbeat of its member.
 */
export function isAlive(store: Store, process: ProcessIdentity): boolean {
  return membersOf(store).isAlive(process);
}

/** Whether a process lives, as far as one look tells (`Members.seemsAlive`). */
export function seemsAlive(store: Store, process: ProcessIdentity): boolean {
  return membersOf(store).seemsAlive(process);
}

function membersOf(store: Store): Members {
  let ofStore = members.get(store.root);
  if (ofStore === undefined) members.set(store.root, (ofStore = new Members(store)));
  return ofStore;
}

/** Whether a member has a heartbeat file: it lives, or has not been silent for long. */
export function hasHeartbeat(store: Store, member: string): boolean {
  return readHeartbeat(store, member) !== undefined;
}

/**
 * The time that has passed since the last heartbeat of a member, by the clocks of two machines: only for display.
 * `undefined`: there is none, or it is not longer than usual.
 */
export function silenceOf(store: Store, member: string): number | undefined {
  const silentMs = Date.now() - (lastBeatMs(store, member) ?? Number.POSITIVE_INFINITY);
  return silentMs > usualMs ? silentMs : undefined;
}

/**
 * The time of the last heartbeat of a member by the clock of the file system, in milliseconds since the epoch.
 * `undefined`: there is none.
 */
export function lastBeatMs(store: Store, member: string): number | undefined {
  return statSync(memberPath(store, member), {throwIfNoEntry: false})?.mtimeMs;
}

/** The heartbeat is there, but cannot be read at the moment. */
const unreadable = '';

/** The text of a member's heartbeat. `undefined`: there is none. */
function readHeartbeat(store: Store, member: string): string | undefined {
  try {
    return readText(memberPath(store, member));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (isSystemError(error)) return unreadable;
    throw error;
  }
}

/** The silence after which the member of a heartbeat counts as dead, in milliseconds. */
function silenceIn(text: string): number {
  try {
    const silenceMs = (JSON.parse(text) as {readonly silenceMs?: unknown} | null)?.silenceMs;
    const isTime = typeof silenceMs === 'number' && silenceMs > 0;
    return isTime ? Math.min(silenceMs, longestMs) : usualMs;
  } catch (error) {
    // It is being overwritten.
    if (error instanceof SyntaxError) return usualMs;
    throw error;
  }
}

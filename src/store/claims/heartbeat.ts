import {randomBytes} from 'node:crypto';
import {open, unlink} from 'node:fs/promises';
import path from 'node:path';
import type {Worker} from 'node:worker_threads';
import {isErrno, isSystemError} from '../../base/errno.ts';
import {makeFolders} from '../../base/make-folders.ts';
import {onDemand} from '../../base/on-demand.ts';
import {memberPath, type Store} from '../layout.ts';
import {keepBeating, type Beating} from './keep-beating.ts';
import {processIdentity, type ProcessIdentity} from './process-identity.ts';

/** A member of a store: a process that computes on it, with the workers that it has started. */
export interface Member {
  readonly head: ProcessIdentity & {readonly member: string};
  /** From one heartbeat to the next. */
  readonly beatMs: number;
  /** Without a heartbeat for so long, the member counts as dead. */
  readonly silenceMs: number;
}

/** Keeps the file that shows that a member lives. */
export class Heartbeat {
  readonly member: Member;
  readonly #store: Store;
  readonly #start: NodeJS.Timeout;
  #thread: BeatingThread | undefined;

  private constructor(store: Store, member: Member) {
    this.member = member;
    this.#store = store;
    // A run that finds all its results stored ends before it needs a thread.
    this.#start = setTimeout(() => {
      this.#thread = new BeatingThread(store, member);
    }, member.beatMs);
    this.#start.unref();
  }

  /** Makes a process a member. Rejects with the file system's error. */
  static async start(
    store: Store,
    pid: number,
    times: Pick<Member, 'beatMs' | 'silenceMs'>,
  ): Promise<Heartbeat> {
    const name = randomBytes(8).toString('hex');
    const member = {head: {...processIdentity(pid), member: name}, ...times};
    const {file, before, after} = beatingOf(store, member);
    await makeFolders(path.dirname(file));
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(before + '0'.repeat(beatDigits) + after);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return new Heartbeat(store, member);
  }

  /** Ends the membership. Everything that the process has started must have ended. */
  async stop(): Promise<void> {
    clearTimeout(this.#start);
    await this.#thread?.terminate();
    try {
      await unlink(memberPath(this.#store, this.member.head.member));
    } catch (error) {
      // The results are stored: a file that stays, which a sweep removes some day, must not make the run fail.
      if (!isSystemError(error)) throw error;
    }
  }
}

/**
 * Beats for a member from a thread, so that a process whose event loop is blocked does not seem dead. A worker does so
 * when its head has died. The thread does not keep the process alive. If the system refuses a thread or it ends, which
 * only makes the member seem dead, the next beat tries another one.
 */
export class BeatingThread {
  readonly #beating: Beating;
  #thread: Worker | undefined;
  #next: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(store: Store, member: Member) {
    this.#beating = beatingOf(store, member);
    this.#start();
  }

  async terminate(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#next);
    await this.#thread?.terminate();
  }

  #start(): void {
    try {
      this.#thread = threadOf(this.#beating);
    } catch (error) {
      if (!isErrno(error, 'ERR_WORKER_INIT_FAILED')) throw error;
      this.#startLater();
      return;
    }
    this.#thread.on('error', () => undefined);
    this.#thread.on('exit', () => this.#startLater());
    this.#thread.unref();
  }

  #startLater(): void {
    if (this.#isOver) return;
    this.#next = setTimeout(() => this.#start(), this.#beating.beatMs);
    this.#next.unref();
  }
}

function threadOf(workerData: Beating): Worker {
  const text = `const {workerData} = require('node:worker_threads');
    (${keepBeating.toString()})(workerData, require('node:fs'))`;
  const {Worker: Thread} = onDemand('node:worker_threads');
  // Flags and environment of this process must not change how the text is read, for example as a module.
  return new Thread(text, {eval: true, workerData, execArgv: ['--input-type=commonjs']});
}

/** Digits of the counter: the file's size stays the same. */
const beatDigits = 12;

function beatingOf(store: Store, {head, beatMs, silenceMs}: Member): Beating {
  const file = memberPath(store, head.member);
  const after = `",${JSON.stringify({...head, silenceMs}).slice(1)}\n`;
  return {file, before: '{"beat":"', after, digits: beatDigits, beatMs};
}

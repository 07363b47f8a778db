import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {isAlive, parseIdentity, type ProcessIdentity} from '../store/process-identity.ts';
import type {Gpu} from './devices.ts';
import type {Share} from './gpu-pool.ts';
import type {HostFolder} from './host-folder.ts';
import {replaceWhole, underLock} from './host-lock.ts';

/** Says that a process holds GPUs, or parts of them. It counts for as long as the process lives. */
export interface GpuClaim {
  /** The worker, once it is there; before that, the head that starts it. */
  readonly holder: ProcessIdentity;
  readonly gpus: readonly {readonly identity: string; readonly amount: number}[];
}

/** How much of each GPU, by its identity, others hold. */
export type Taken = ReadonlyMap<string, number>;

export type Claimed =
  | {readonly kind: 'claimed'; readonly shares: readonly Share[]; readonly file: string}
  /** Other runs hold what is wanted: the processes, as far as they could be seen. */
  | {readonly kind: 'held'; readonly by: readonly number[]};

/** What the runs of one user on one machine hold of its GPUs: a file for each claim. */
export class GpuClaims {
  readonly #folder: string;
  readonly #head: ProcessIdentity;
  /** The GPUs that matter to this run, by identity. */
  readonly #gpus: ReadonlySet<string>;
  /** The files of this run's claims. */
  readonly #own = new Set<string>();

  constructor(host: HostFolder, head: ProcessIdentity, gpus: readonly Gpu[]) {
    this.#gpus = new Set(gpus.map(({identity}) => identity));
    this.#folder = path.join(host.path, 'gpus');
    this.#head = head;
  }

  /** Claims what `pick` chooses, given what other runs hold. */
  claim(pick: (taken: Taken) => readonly Share[] | undefined): Claimed {
    const locked = underLock(path.join(this.#folder, 'lock'), this.#head, () => this.#claim(pick));
    return locked.kind === 'busy' ? {kind: 'held', by: []} : locked.value;
  }

  /** Makes the worker the holder of a claim: it is to be told before the worker is given its job. */
  entrust(claim: Extract<Claimed, {kind: 'claimed'}>, worker: ProcessIdentity): void {
    write(claim.file, worker, claim.shares);
  }

  release({file}: {readonly file: string}): void {
    rmSync(file, {force: true});
    this.#own.delete(file);
  }

  #claim(pick: (taken: Taken) => readonly Share[] | undefined): Claimed {
    const others = readClaims(this.#folder, {tidy: true}).filter(
      ({file, gpus}) => !this.#own.has(file) && gpus.some(({identity}) => this.#gpus.has(identity)),
    );
    const taken = new Map<string, number>();
    for (const {identity, amount} of others.flatMap(({gpus}) => gpus)) {
      taken.set(identity, (taken.get(identity) ?? 0) + amount);
    }
    const shares = pick(taken);
    const pids = new Set(others.map(({holder}) => holder.pid));
    if (shares === undefined) return {kind: 'held', by: [...pids]};
    const file = path.join(this.#folder, `${randomBytes(8).toString('hex')}.json`);
    write(file, this.#head, shares);
    this.#own.add(file);
    return {kind: 'claimed', shares, file};
  }
}

/** The claims of all living processes. */
export function findClaims({path: folder}: HostFolder): readonly GpuClaim[] {
  return readClaims(path.join(folder, 'gpus'), {tidy: false});
}

function write(file: string, holder: ProcessIdentity, shares: readonly Share[]): void {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
  const gpus = shares.map(({gpu, amount}) => ({identity: gpu.identity, amount}));
  replaceWhole(file, JSON.stringify({holder, gpus}));
}

/** @param tidy removes what dead processes left */
function readClaims(
  folder: string,
  {tidy}: {readonly tidy: boolean},
): readonly (GpuClaim & {readonly file: string})[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
  return names.flatMap((name) => {
    const file = path.join(folder, name);
    const claim = name === 'lock' ? undefined : readClaim(file);
    if (claim !== undefined && isAlive(claim.holder)) {
      return name.endsWith('.json') ? [{...claim, file}] : [];
    }
    if (tidy && claim !== undefined) rmSync(file, {force: true});
    return [];
  });
}

function readClaim(file: string): GpuClaim | undefined {
  try {
    const {holder, gpus} = JSON.parse(readFileSync(file, 'utf8')) as Partial<GpuClaim>;
    const identity = parseIdentity(holder);
    return identity === undefined || gpus === undefined ? undefined : {holder: identity, gpus};
  } catch (error) {
    // It was given back at this moment, or is just being written under another name.
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

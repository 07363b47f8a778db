import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {namesIn} from '../../base/folder-entries.ts';
import {
  isRunning,
  parseIdentity,
  type ProcessIdentity,
} from '../../store/claims/process-identity.ts';
import type {Gpu, Share, Taken} from './gpu.ts';
import type {HostFolder} from './host-folder.ts';
import {replaceWhole, underLock} from './host-lock.ts';

/** The note that GPUs, or parts of them, are held. It counts as long as one of the holders lives. */
export interface GpuClaim {
  /**
   * The processes that hold it: first the head that starts the worker, then the worker and the program that it runs.
   */
  readonly holders: readonly ProcessIdentity[];
  readonly gpus: readonly {readonly identity: string; readonly amount: number}[];
}

export type Claimed =
  | {readonly kind: 'claimed'; readonly shares: readonly Share[]; readonly file: string}
  /** Other runs hold the GPUs: their processes, as far as they could be seen. */
  | {readonly kind: 'held'; readonly by: readonly number[]};

/** The claims on GPUs of one user's runs on one machine: one file for each claim. */
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

  /** Claims what `pick` chooses, given the shares that other runs hold. */
  claim(pick: (taken: Taken) => readonly Share[] | undefined): Claimed {
    const locked = underLock(path.join(this.#folder, 'lock'), this.#head, () => this.#claim(pick));
    return locked.kind === 'busy' ? {kind: 'held', by: []} : locked.value;
  }

  /** Transfers a claim to other holders. For a worker this happens before it is given its job. */
  entrust(claim: Extract<Claimed, {kind: 'claimed'}>, holders: readonly ProcessIdentity[]): void {
    write(claim.file, holders, claim.shares);
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
    const pids = new Set(others.map(({holders}) => holders[0]!.pid));
    if (shares === undefined) return {kind: 'held', by: [...pids]};
    const file = path.join(this.#folder, `${randomBytes(8).toString('hex')}.json`);
    write(file, [this.#head], shares);
    this.#own.add(file);
    return {kind: 'claimed', shares, file};
  }
}

/** The claims of all living processes. */
export function findClaims({path: folder}: HostFolder): readonly GpuClaim[] {
  return readClaims(path.join(folder, 'gpus'), {tidy: false});
}

function write(file: string, holders: readonly ProcessIdentity[], shares: readonly Share[]): void {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
  const gpus = shares.map(({gpu, amount}) => ({identity: gpu.identity, amount}));
  replaceWhole(file, JSON.stringify({holders, gpus}));
}

/** @param tidy removes the claims of dead processes */
function readClaims(
  folder: string,
  {tidy}: {readonly tidy: boolean},
): readonly (GpuClaim & {readonly file: string})[] {
  return namesIn(folder).flatMap((name) => {
    const file = path.join(folder, name);
    const claim = name === 'lock' ? undefined : readClaim(file);
    if (claim !== undefined && claim.holders.length > 0) {
      return name.endsWith('.json') ? [{...claim, file}] : [];
    }
    if (tidy && claim !== undefined) rmSync(file, {force: true});
    return [];
  });
}

function readClaim(file: string): GpuClaim | undefined {
  try {
    const {holders, gpus} = JSON.parse(readFileSync(file, 'utf8')) as Partial<GpuClaim>;
    const alive = holders?.flatMap((holder) => parseIdentity(holder) ?? []).filter(isRunning);
    return alive === undefined || gpus === undefined ? undefined : {holders: alive, gpus};
  } catch (error) {
    // It was given back at this moment, or is just being written under another name.
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

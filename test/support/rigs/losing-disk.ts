import {
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  utimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';
import path from 'node:path';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';

/** The fate of data that may or may not be on the disk: lost, kept, or drawn from a seed. */
export type Luck = 'lost' | 'kept' | number;

/**
 * The state of a folder after a simulated power cut: data that this process has synced (`FileHandle.sync`) since the
 * watch began, data from before, and any part of the rest. A folder's entries are lost one by one, so a rename may be
 * half done; a file that was not synced is empty, cut off, or zeros of the right length and time.
 */
export class LosingDisk implements AsyncDisposable {
  readonly #root: Folder;
  readonly #nodes = new Map<number, Node>();
  readonly #watched: string;
  readonly #release: () => void;

  private constructor(watched: string, release: (disk: LosingDisk) => () => void) {
    this.#watched = watched;
    this.#root = this.#find(watched) as Folder;
    this.#release = release(this);
    this.look();
    for (const node of this.#nodes.values()) node.settle();
  }

  /** @param watched a folder whose present state counts as synced */
  static async watch(watched: string): Promise<LosingDisk> {
    const handles = await handlesOf(watched);
    const sync: (this: FileHandle) => Promise<void> = Reflect.get(handles, 'sync');
    return new LosingDisk(watched, (disk) => {
      handles.sync = async function (this: FileHandle): Promise<void> {
        disk.#settle(this.fd);
        await sync.call(this);
      };
      return () => (handles.sync = sync);
    });
  }

  /** Records the present state: files that are made and removed between two looks are not seen. */
  look(): void {
    const folders: [Folder, string][] = [[this.#root, this.#watched]];
    for (const [folder, at] of folders) {
      const seen = new Map<string, Node>();
      for (const name of readdirSync(at)) {
        const node = this.#find(path.join(at, name));
        if (node === undefined) continue;
        seen.set(name, node);
        if (node instanceof Folder) folders.push([node, path.join(at, name)]);
      }
      folder.see(seen);
    }
  }

  /** Writes the state after a power cut now into another folder, which is made. */
  cut(target: string, luck: Luck): void {
    this.look();
    const draw = typeof luck === 'number' ? drawing(luck) : undefined;
    const pick: Choose = (options) =>
      options[luck === 'lost' ? 0 : luck === 'kept' ? options.length - 1 : draw!(options.length)]!;
    this.#root.put(target, pick, new Map());
  }

  /** Identifies files and folders by their inodes, which are not reused while they are open here. */
  #find(file: string): Node | undefined {
    const state = lstatSync(file, {throwIfNoEntry: false});
    if (state === undefined || !(state.isFile() || state.isDirectory())) return undefined;
    let node = this.#nodes.get(state.ino);
    if (node === undefined) {
      const descriptor = openSync(file, 'r');
      node = state.isDirectory() ? new Folder(descriptor) : new File(descriptor);
      this.#nodes.set(state.ino, node);
    }
    return node;
  }

  #settle(descriptor: number): void {
    this.look();
    this.#nodes.get(fstatSync(descriptor).ino)?.settle();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#release();
    for (const {descriptor} of this.#nodes.values()) closeSync(descriptor);
    return Promise.resolve();
  }
}

/** Chooses one of several states: the certain one first, the present one last. */
type Choose = <T>(options: readonly T[]) => T;

type Node = File | Folder;

class File {
  readonly descriptor: number;
  #certain: Buffer | undefined;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  settle(): void {
    this.#certain = this.#bytes();
  }

  put(target: string, pick: Choose, put: Map<Node, string>): void {
    const before = put.get(this);
    if (before !== undefined) {
      linkSync(before, target);
      return;
    }
    const now = this.#bytes();
    const lost = [Buffer.alloc(now.length), now.subarray(0, now.length / 2), Buffer.alloc(0)];
    const options = this.#certain === undefined ? lost : [this.#certain];
    const {mode, atimeMs, mtimeMs} = fstatSync(this.descriptor);
    writeFileSync(target, ofAnotherBoot(pick([...options, now])), {mode});
    utimesSync(target, atimeMs / 1000, mtimeMs / 1000);
    put.set(this, target);
  }

  #bytes(): Buffer {
    const bytes = Buffer.alloc(fstatSync(this.descriptor).size);
    readSync(this.descriptor, bytes, 0, bytes.length, 0);
    return bytes;
  }
}

class Folder {
  readonly descriptor: number;
  #times: Pick<Stats, 'atimeMs' | 'mtimeMs'> | undefined;
  /** The possible targets of each name: the certain one first, then all that were seen since. */
  readonly #entries = new Map<string, (Node | undefined)[]>();

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  see(entries: ReadonlyMap<string, Node>): void {
    for (const name of new Set([...this.#entries.keys(), ...entries.keys()])) {
      const states = this.#entries.get(name) ?? [undefined];
      if (states.at(-1) !== entries.get(name)) states.push(entries.get(name));
      this.#entries.set(name, states);
    }
  }

  settle(): void {
    for (const [name, states] of this.#entries) this.#entries.set(name, states.slice(-1));
    this.#times = fstatSync(this.descriptor);
  }

  put(target: string, pick: Choose, put: Map<Node, string>): void {
    mkdirSync(target);
    for (const [name, states] of this.#entries) {
      pick(states)?.put(path.join(target, name), pick, put);
    }
    const {atimeMs, mtimeMs} = this.#times ?? fstatSync(this.descriptor);
    utimesSync(target, atimeMs / 1000, mtimeMs / 1000);
  }
}

/** Makes all living processes appear to be of an earlier boot; without boot numbers they remain alive. */
function ofAnotherBoot(bytes: Buffer): Buffer {
  if (boot === undefined) return bytes;
  const text = bytes.toString('latin1').replaceAll(boot, boot.replaceAll(/[0-9a-f]/g, '0'));
  return Buffer.from(text, 'latin1');
}

const boot = processIdentity(process.pid).bootId;

async function handlesOf(folder: string): Promise<FileHandle> {
  await using handle = await open(folder, 'r');
  return Object.getPrototypeOf(handle) as FileHandle;
}

/** A generator of numbers below a bound (mulberry32). */
function drawing(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

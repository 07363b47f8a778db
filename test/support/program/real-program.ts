import assert from 'node:assert/strict';
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {createInterface} from 'node:readline';
import type {RunEvent} from '../../../src/journal/event.ts';
import {heldLeases} from '../laws/held-leases.ts';
import {repositoryFile} from '../texts/repository.ts';

/** Runs one pipeline file with the real program, each time in a store of its own below a folder. */
export class RealProgram {
  readonly #folder: string;
  readonly #pipeline: string;

  /** @param pipeline the path of its file in the repository */
  constructor(folder: string, pipeline: string) {
    this.#folder = folder;
    this.#pipeline = repositoryFile(pipeline);
  }

  /** Starts a run that prints its events and saves checkpoints at every offer. */
  start(store: string, set: Readonly<Record<string, unknown>>, ...words: string[]): ChildProcess {
    const saving = ['--json', '--checkpoint-interval', '0.001'];
    const args = [...this.#words('run', store, set), ...words, ...saving];
    return spawn(process.execPath, args, {cwd: this.#folder, stdio: ['ignore', 'pipe', 'inherit']});
  }

  /** The instances that a run would or may start, sorted. */
  planned(store: string, set: Readonly<Record<string, unknown>>): readonly string[] {
    const args = [...this.#words('plan', store, set), '--json', '--no-calibrate'];
    const {stdout} = spawnSync(process.execPath, args, {cwd: this.#folder, encoding: 'utf8'});
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as {readonly instance?: string; readonly verdict?: string})
      .flatMap(({instance, verdict}) =>
        instance === undefined || verdict === 'hit' ? [] : [instance],
      )
      .sort();
  }

  #words(command: string, store: string, set: Readonly<Record<string, unknown>>): string[] {
    const changes = Object.entries(set).flatMap(([name, value]) => [
      '--set',
      `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ]);
    const main = repositoryFile('dist/bundle/src/cli/main.js');
    return [main, command, this.#pipeline, '--store', this.store(store), ...changes];
  }

  store(name: string): string {
    return path.join(this.#folder, name);
  }

  /** Ends a run as a power cut does. The head is killed first: workers outlive it in groups of their own. */
  async kill(child: ChildProcess, store: string): Promise<void> {
    const gone = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    for (const pid of await this.#workers(store)) process.kill(pid, 'SIGKILL');
  }

  /** The stored digests of every output, by key. */
  async outputs(store: string): Promise<ReadonlyMap<string, string>> {
    const root = path.join(this.store(store), 'records');
    const files = (await readdir(root, {recursive: true})).filter((file) => file.endsWith('.json'));
    const entries = await Promise.all(
      files.map(async (file): Promise<[string, string]> => {
        const record = JSON.parse(await readFile(path.join(root, file), 'utf8')) as {
          key: string;
          outputs: unknown;
        };
        return [record.key, JSON.stringify(record.outputs)];
      }),
    );
    return new Map(entries.sort(([a], [b]) => a.localeCompare(b)));
  }

  /** The processes that hold leases. */
  async #workers(store: string): Promise<readonly number[]> {
    const root = path.join(this.store(store), 'leases');
    const files = await heldLeases(this.store(store));
    const leases = await Promise.all(files.map((file) => readFile(path.join(root, file), 'utf8')));
    return leases.map((lease) => (JSON.parse(lease) as {pid: number}).pid);
  }
}

/** Reads events until there are no more, or until `until` returns true. */
export async function eventsOf(
  child: ChildProcess,
  until: (event: RunEvent) => boolean = () => false,
): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const line of createInterface({input: child.stdout!})) {
    events.push(JSON.parse(line) as RunEvent);
    if (until(events.at(-1)!)) break;
  }
  return events;
}

/** The instances that a run started, sorted. */
export function startedIn(events: readonly RunEvent[]): readonly string[] {
  return events
    .flatMap((event) => (event.kind === 'started' ? [String(event.instance)] : []))
    .sort();
}

export function assertFinished(events: readonly RunEvent[]): void {
  const last = events.at(-1)!;
  assert.ok(last.kind === 'run-finished' && last.outcome === 'ok', JSON.stringify(last));
}

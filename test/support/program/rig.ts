import assert from 'node:assert/strict';
import {spawn, type ChildProcess} from 'node:child_process';
import {EventEmitter, once} from 'node:events';
import {chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {RunEvent} from '../../../src/journal/event.ts';
import type {ProcessWorld} from '../../../src/cli/world.ts';
import type {StageRecord} from '../../../src/store/records/record.ts';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import type {RunCommand} from './in-process.ts';
import {hostCommand} from '../rigs/hosts.ts';
import {heldLeases} from '../laws/held-leases.ts';
import {repositoryFile} from '../texts/repository.ts';

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const inProcess = repositoryFile('dist/test-bundle/test/support/program/in-process.js');

type Environment = Readonly<Record<string, string>>;

/** The built program in a folder of its own. */
export class Rig implements AsyncDisposable {
  /** The path of the program, bundled like the real one, which halves its start. */
  static readonly program = repositoryFile('dist/test-bundle/test/support/program/cli.js');

  readonly folder: string;
  /** What differs from the test's own environment. */
  readonly #environment: Environment;
  readonly #started: Program[];

  private constructor(folder: string, environment: Environment, started: Program[] = []) {
    this.folder = folder;
    this.#environment = environment;
    this.#started = started;
  }

  static async create(environment: Environment = {}): Promise<Rig> {
    return new Rig(await mkdtemp(path.join(tmpdir(), 'rig-')), environment);
  }

  /** A rig with the real stage types, and one that makes a tiny data set. */
  static withLearning(): Promise<Rig> {
    return Rig.create({PIPELINE_TEST_STAGES: 'learning'});
  }

  /** The same rig with other variables in its environment. */
  with(environment: Environment): Rig {
    return new Rig(this.folder, {...this.#environment, ...environment}, this.#started);
  }

  /** A rig in which `p.yaml` has been run. */
  static async ran(pipeline: string): Promise<Rig> {
    const rig = await Rig.create();
    await rig.write('p.yaml', pipeline);
    const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
    assert.equal(code, 0, stdout + stderr);
    return rig;
  }

  /** Writes a file, and makes its folders. */
  async write(name: string, text: string): Promise<void> {
    const file = path.join(this.folder, name);
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, text);
  }

  read(name: string): Promise<string> {
    return readFile(path.join(this.folder, name), 'utf8');
  }

  /** Starts the program, as another user if one is given. */
  start(
    args: readonly string[],
    user: {readonly uid?: number; readonly gid?: number} = {},
  ): Program {
    const child = spawn(process.execPath, [Rig.program, ...args], {
      cwd: this.folder,
      env: this.#variables(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });
    const program = new Program(child);
    this.#started.push(program);
    return program;
  }

  /**
   * Starts the program as on another machine: under another host name, and with process numbers of its own, of which it
   * is the first. `skipWithoutHosts` says where that is not possible. When it is killed, all its processes are.
   */
  startOn(
    host: string,
    args: readonly string[],
    machine: {readonly staysUp?: boolean} = {},
  ): Program {
    const program = [process.execPath, Rig.program, ...args];
    const {command, words} = hostCommand(host, program, machine);
    const child = spawn(command, words, {
      cwd: this.folder,
      env: this.#variables(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new Program(child);
    this.#started.push(started);
    return started;
  }

  /**
   * Runs a command to its end in this process, which saves the start of another one. Its workers are processes of their
   * own where that matters. `start` is for signals, and commands that a later one must see ended or that load changed
   * modules: a process loads each module once.
   */
  pipeline(...args: readonly string[]): Promise<Finished> {
    return this.pipelineIn({}, ...args);
  }

  /** As `pipeline`, in a world that differs in some parts. */
  async pipelineIn(parts: Partial<ProcessWorld>, ...args: readonly string[]): Promise<Finished> {
    const {runCommand} = (await import(inProcess)) as {readonly runCommand: RunCommand};
    const place = {folder: this.folder, environment: this.#variables(), parts};
    return {signal: null, ...(await runCommand(args, place))};
  }

  /** Tests define which GPUs exist, and what is configured. */
  #variables(): Readonly<Record<string, string | undefined>> {
    const own = {
      CUDA_VISIBLE_DEVICES: undefined,
      XDG_CONFIG_HOME: path.join(this.folder, 'config'),
    };
    return {...process.env, ...own, ...this.#environment};
  }

  /** The names of the runs in the store, oldest first. */
  async runs(): Promise<readonly string[]> {
    const folder = path.join(this.folder, 'artifacts/runs');
    const names = await readdir(folder);
    const started = await Promise.all(
      names.map(async (name) => ({name, at: (await this.eventsOf(name))[0]?.at ?? ''})),
    );
    return started.sort((a, b) => (a.at < b.at ? -1 : 1)).map(({name}) => name);
  }

  eventsOf(run: string): Promise<readonly RunEvent[]> {
    const store = {root: path.join(this.folder, 'artifacts')};
    const {events, unreadable} = readRunEvents(store, run);
    assert.equal(unreadable, 0, `lines of run ${run} that are no events`);
    return Promise.resolve(events);
  }

  /** The events of the newest run. */
  async events(): Promise<readonly RunEvent[]> {
    return await this.eventsOf((await this.runs()).at(-1)!);
  }

  /** The instances that the newest run started, in order. */
  async started(): Promise<readonly string[]> {
    return (await this.events()).flatMap((event) =>
      event.kind === 'started' ? [String(event.instance)] : [],
    );
  }

  /** The path of the artifact in the output `out` of an instance of the newest run. */
  async artifactOf(instance: string): Promise<string> {
    const {digest} = (await this.#madeBy(instance)).outputs['out']!.artifacts[0]!;
    return path.join(this.folder, 'artifacts/cas', digest.slice(0, 2), digest);
  }

  /** The path of the record of an instance of the newest run. */
  async recordFileOf(instance: string): Promise<string> {
    const {key} = await this.#madeBy(instance);
    return path.join(this.folder, 'artifacts/records', key.slice(0, 2), `${key}.json`);
  }

  async #madeBy(instance: string): Promise<StageRecord> {
    for (const event of await this.events()) {
      if (event.kind === 'finished' && String(event.instance) === instance) return event.record;
    }
    return assert.fail(`${instance} did not finish`);
  }

  /** Every file below a folder of the store, relative to it. */
  async stored(folder: string): Promise<readonly string[]> {
    const root = path.join(this.folder, 'artifacts', folder);
    const entries = await readdir(root, {recursive: true, withFileTypes: true}).catch(() => []);
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .sort();
  }

  /** The names of the leases of attempts that have not ended. */
  leases(): Promise<readonly string[]> {
    return heldLeases(path.join(this.folder, 'artifacts'));
  }

  /** Deletes a folder of the store. */
  async forget(folder: string): Promise<void> {
    await rm(path.join(this.folder, 'artifacts', folder), {recursive: true});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#started) program.kill('SIGKILL');
    await rm(this.folder, {recursive: true, force: true});
  }
}

/** Overwrites a file of the store, as no program should. */
export async function overwrite(file: string, text: string): Promise<void> {
  await chmod(file, 0o644);
  await writeFile(file, text);
}

/** The program while it runs. */
export class Program {
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcess;
  readonly #changes = new EventEmitter();
  readonly #printed: () => string;
  #ended = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    const output = {stdout: '', stderr: ''};
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]!.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        this.#changes.emit('change');
      });
    }
    this.#printed = () => output.stdout + output.stderr;
    this.finished = once(child, 'close').then(([code, signal]: unknown[]) => {
      this.#ended = true;
      this.#changes.emit('change');
      return {code: code as number | null, signal: signal as string | null, ...output};
    });
  }

  /**
   * Waits until a text has been printed on either stream; gives the whole output. Rejects if the program ends without
   * it.
   */
  async line(text: string): Promise<string> {
    while (!this.#printed().includes(text)) {
      if (this.#ended) throw new Error(`No ${text} in:\n${this.#printed()}`);
      await once(this.#changes, 'change');
    }
    return this.#printed();
  }

  get pid(): number {
    return this.#child.pid!;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

import assert from 'node:assert/strict';
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {pathToFileURL} from 'node:url';
import type {RunEvent} from '../../src/journal/event.ts';
import {Rig} from '../../test/support/program/rig.ts';
import {codesAfter, end, type Victim, workersAt} from '../../test/support/rigs/interruptions.ts';
import {smallDistillation} from '../../test/support/texts/small-distillation.ts';

/** A distillation of many iterations, each of which takes a few milliseconds. */
export function longPipeline(iterations: number): string {
  return smallDistillation({
    epochs: 4,
    iterations,
    maxStartEpoch: 3,
    distilled: ', pixelRate: 1',
  });
}

/** Is told how far the distillation is, and which processes compute it. */
export type Watch = (at: {
  readonly iteration: number;
  readonly head: number;
  readonly worker: number;
}) => void;

/** Runs of one pipeline on one store. */
export class LongRun {
  readonly #rig: Rig;
  readonly #words: readonly string[];
  /** Makes head and workers note their memory in the folder of the rig. */
  readonly #preload: string;

  constructor(rig: Rig, checkpointSeconds: number) {
    this.#rig = rig;
    const saving = ['--checkpoint-interval', String(checkpointSeconds)];
    const module = pathToFileURL(path.join(import.meta.dirname, 'live-memory.js'));
    module.searchParams.set('folder', rig.folder);
    this.#preload = `--import=${module.href}`;
    this.#words = ['run', 'p.yaml', '--json', '--jobs', '1', ...saving];
  }

  /** Runs to the end. */
  async toTheEnd(watch: Watch = () => undefined): Promise<void> {
    await this.#run('none', Infinity, watch);
  }

  /** Runs until an iteration is done, and ends the victim then. Gives the iteration from which the run went on. */
  async until(iteration: number, victim: Victim): Promise<number> {
    return await this.#run(victim, iteration, () => undefined);
  }

  async #run(victim: Victim | 'none', last: number, watch: Watch): Promise<number> {
    const child = this.#start();
    const ended = once(child, 'close');
    let [isStruck, first] = [false, -1];
    for await (const line of createInterface({input: child.stdout!})) {
      const event = parsed(line);
      if (event?.kind === 'run-finished') assert.equal(event.outcome === 'ok', victim === 'none');
      if (event?.kind !== 'progress' || event.progress.unit !== 'iterations') continue;
      const {done} = event.progress;
      if (first < 0) first = done;
      const [worker] = await workersAt(this.#rig, child.pid!);
      if (worker !== undefined) watch({iteration: done, head: child.pid!, worker});
      if (done < last || isStruck) continue;
      isStruck = true;
      await this.#strike(child, victim);
    }
    const [code] = (await ended) as [number | null];
    assert.ok(codesAfter[victim].includes(code), `${victim} at ${last}: ${code}`);
    assert.equal(isStruck, victim !== 'none', `${victim} at ${last}`);
    return first;
  }

  #start(): ChildProcess {
    return spawn(process.execPath, [Rig.program, ...this.#words], {
      cwd: this.#rig.folder,
      env: {
        ...process.env,
        NODE_OPTIONS: this.#preload,
        PIPELINE_WORKER_OPTIONS: this.#preload,
        PIPELINE_TEST_STAGES: 'learning',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async #strike(child: ChildProcess, victim: Victim | 'none'): Promise<void> {
    if (victim === 'ctrl-c') child.kill('SIGINT');
    if (victim === 'both') child.kill('SIGKILL');
    if (victim === 'worker' || victim === 'both')
      (await workersAt(this.#rig, child.pid!)).forEach(end);
  }
}

/** `undefined`: the line was torn when its writer was killed. */
function parsed(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

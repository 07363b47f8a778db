import {once} from 'node:events';
import {watch} from 'node:fs';
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {findClaims} from '../../../src/executors/local/gpu-claims.ts';
import {digestOf} from '../../../src/base/digest.ts';
import type {Arrival} from '../program/gate.ts';

/** A machine with GPUs, according to a fake `nvidia-smi`, and without other runs than the test's. */
export class FakeGpus {
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.environment = {
      PATH: `${path.join(folder, 'bin')}:${process.env['PATH']}`,
      PIPELINE_TEST_HOST_FOLDER: path.join(folder, 'host'),
    };
  }

  /** The UUID of the GPU with an index. */
  static uuid(index: number): string {
    const digits = digestOf(`gpu ${index}`);
    return `GPU-${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 24)}`;
  }

  /** @param script the code of nvidia-smi; by default it lists four GPUs */
  static async create(folder: string, script?: string): Promise<FakeGpus> {
    const lines = [0, 1, 2, 3].map(
      (index) => `${index}, ${FakeGpus.uuid(index)}, Fake, Mk 2, 81559`,
    );
    const listing = lines.map((line) => `echo '${line}'`).join('\n');
    await mkdir(path.join(folder, 'bin'));
    const program = path.join(folder, 'bin/nvidia-smi');
    const calls = path.join(folder, 'calls');
    await writeFile(program, `#!/bin/sh\necho called >> '${calls}'\n${script ?? listing}\n`);
    await chmod(program, 0o755);
    return new FakeGpus(folder);
  }

  /** Waits until a process holds a GPU. */
  async heldBy(pid: number): Promise<void> {
    const folder = this.environment['PIPELINE_TEST_HOST_FOLDER']!;
    const watcher = watch(path.join(folder, 'gpus'));
    const isHeld = (): boolean =>
      findClaims({path: folder}).some(({holders}) => holders.some((holder) => holder.pid === pid));
    while (!isHeld()) await once(watcher, 'change');
    watcher.close();
  }

  /** The number of calls of nvidia-smi. */
  async calls(): Promise<number> {
    const text = await readFile(path.join(this.#folder, 'calls'), 'utf8').catch(() => '');
    return text.split('\n').length - 1;
  }
}

/** A pipeline of `count` instances that look at their GPUs, at a gate if one is given. */
export function looks(count: number, gate: string, resources: string, text = 'a'): string {
  const params = `{text: "${text}\${matrix.n}", gate: "${gate}"}`;
  return `stages: {look: {uses: look, matrix: {n: {count: ${count}}}, with: ${params}, resources: ${resources}}}\n`;
}

/** The tokens that such an instance sees. */
export function seenBy({name}: Pick<Arrival, 'name'>): readonly string[] {
  return name.split(' sees ')[1]!.split(',').filter(Boolean);
}

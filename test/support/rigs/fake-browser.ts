import {existsSync, watch} from 'node:fs';
import {chmod} from 'node:fs/promises';
import {once} from 'node:events';
import path from 'node:path';
import type {Rig} from '../program/rig.ts';

/** A program in the place of the one that opens browsers: it records its arguments, and opens nothing. */
export class FakeBrowser {
  /** The environment in which programs call it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #rig: Rig;

  private constructor(rig: Rig) {
    this.#rig = rig;
    const folders = `${path.join(rig.folder, 'bin')}:${process.env['PATH']}`;
    this.environment = {DISPLAY: ':0', PATH: folders};
  }

  static async in(rig: Rig): Promise<FakeBrowser> {
    await rig.write('bin/xdg-open', '#!/bin/sh\necho "$@" > noted\nmv noted opened\n');
    await chmod(path.join(rig.folder, 'bin/xdg-open'), 0o755);
    return new FakeBrowser(rig);
  }

  /** Waits until it has been called; gives its arguments, separated by spaces. */
  async opened(): Promise<string> {
    const changes = watch(this.#rig.folder);
    try {
      while (!existsSync(path.join(this.#rig.folder, 'opened'))) await once(changes, 'change');
    } finally {
      changes.close();
    }
    return (await this.#rig.read('opened')).trimEnd();
  }
}

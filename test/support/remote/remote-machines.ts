import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {newKeyPair} from '../../../src/remote/signatures.ts';
import type {Rig} from '../program/rig.ts';

/** A laboratory of machines: each has its own configuration and store, and they share a remote cache. */
export class RemoteMachines {
  readonly #rig: Rig;
  readonly #url: string;
  readonly #keys = newKeyPair();

  constructor(rig: Rig, url: string) {
    this.#rig = rig;
    this.#url = url;
  }

  /** A machine that reads, or also writes and signs; `more` are further lines of its `remote`. */
  async machine(
    name: string,
    {
      writes = false,
      more = [],
      trusted,
    }: {writes?: boolean; more?: readonly string[]; trusted?: string} = {},
  ): Promise<{
    readonly rig: Rig;
    readonly pipeline: (...args: readonly string[]) => ReturnType<Rig['pipeline']>;
  }> {
    const folder = path.join(this.#rig.folder, `config-${name}`);
    await mkdir(path.join(folder, 'distillery'), {recursive: true});
    const key = path.join(folder, 'key.pem');
    await writeFile(key, this.#keys.privatePem);
    const lines = [
      'remote:',
      `  url: ${this.#url}`,
      `  trusted: {lab: ${trusted ?? this.#keys.publicText}}`,
      ...(writes ? ['  mode: write', `  sign: {name: lab, key: ${key}}`] : []),
      ...more.map((line) => `  ${line}`),
    ];
    await writeFile(path.join(folder, 'distillery/config.yaml'), `${lines.join('\n')}\n`);
    const rig = this.#rig.with({XDG_CONFIG_HOME: folder});
    const store = ['--store', `store-${name}`];
    return {rig, pipeline: (...args) => rig.pipeline(...args, ...store)};
  }
}

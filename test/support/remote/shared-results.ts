import assert from 'node:assert/strict';
import {Rig, type Finished} from '../program/rig.ts';
import {ObjectServer} from './object-server.ts';
import {RemoteMachines} from './remote-machines.ts';

/** A bulky output in the middle, and a table at the end. */
export const chain = `
stages:
  said: {uses: say, with: {text: abcdef}}
  parts: {uses: split, inputs: {of: said.out}}
  joined: {uses: join, inputs: {parts: parts.out}}
  size: {uses: measure, inputs: {of: joined.out}}
`;

/** Machines that share results through a server, and a pipeline for them in `p.yaml`. */
export class SharedResults implements AsyncDisposable {
  readonly rig: Rig;
  readonly server: ObjectServer;
  readonly machines: RemoteMachines;

  private constructor(rig: Rig, server: ObjectServer) {
    this.rig = rig;
    this.server = server;
    this.machines = new RemoteMachines(rig, server.url.href);
  }

  static async create(): Promise<SharedResults> {
    const rig = await Rig.create();
    await rig.write('p.yaml', chain);
    return new SharedResults(rig, await ObjectServer.start());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.rig[Symbol.asyncDispose]();
  }
}

/** Asserts that a run succeeded, and how many instances ran. */
export function assertRan({code, stdout, stderr}: Finished, ran: number): void {
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`^Done in .*: ${ran} ran`, 'm'));
}

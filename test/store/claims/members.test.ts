import assert from 'node:assert/strict';
import {mkdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {Members, type Life} from '../../../src/store/claims/members.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {memberPath, temporaryFolder} from '../../../src/store/layout.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const name = '0123456789abcdef';
const theirs = {
  ...processIdentity(process.pid),
  host: 'theirs',
  bootId: 'another',
  namespace: 'pid:[1]',
  member: name,
};

/** A member of another machine, and an observer with a clock that the test moves. */
class Scene implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly members: Members;
  #nowMs = 1e6;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.members = new Members({root: folder.path}, () => this.#nowMs);
  }

  static async create(): Promise<Scene> {
    const folder = await TemporaryFolder.create();
    mkdirSync(temporaryFolder({root: folder.path}));
    return new Scene(folder);
  }

  get file(): string {
    return memberPath({root: this.#folder.path}, name);
  }

  beat(count: number, silenceMs: unknown = 90_000): void {
    mkdirSync(path.dirname(this.file), {recursive: true});
    writeFileSync(this.file, JSON.stringify({beat: String(count), ...theirs, silenceMs}));
  }

  /** Looks after each of these times, in seconds; gives how often the member was found alive before it was not. */
  look(...seconds: readonly number[]): number {
    const found = seconds.map((after) => {
      this.#nowMs += after * 1000;
      return this.members.isAlive(theirs);
    });
    return found.includes(false) ? found.indexOf(false) : found.length;
  }

  /** What an observer finds at its first look. */
  first(): {readonly life: Life; readonly seemsAlive: boolean} {
    const members = new Members({root: this.#folder.path});
    return {life: members.lifeOf(theirs), seemsAlive: members.seemsAlive(theirs)};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

test('a member is dead when the observer has watched an unchanged heartbeat for 90 s, and alive when it changes', async () => {
  await using scene = await Scene.create();
  scene.beat(1);
  assert.equal(scene.look(0, 30, 30, 29), 4);
  scene.beat(2);
  assert.equal(scene.look(1, 30, 30, 29), 4);
  assert.equal(scene.look(1), 0);
  // It was only stopped.
  scene.beat(3);
  assert.equal(scene.look(1, 30, 30), 3);
});

test('a member without a heartbeat is dead at once, and so is a foreign process without a member', async () => {
  await using scene = await Scene.create();
  assert.equal(scene.look(0), 0);
  scene.beat(1);
  assert.equal(scene.look(0), 1);
  rmSync(scene.file);
  // One look is good for a second.
  assert.equal(scene.look(0.9, 0.1), 1);
  const {member: _member, ...old} = theirs;
  assert.equal(new Members({root: '/'}).isAlive(old), false);
});

test('no clock but the own is asked: any time of the file, and a beat that goes back, are signs of life', async () => {
  await using scene = await Scene.create();
  for (const [count, year] of [
    [9, 1980],
    [1, 2100],
    [0, 1970],
  ] as const) {
    scene.beat(count);
    utimesSync(scene.file, new Date(`${year}-06-01`), new Date(`${year}-06-01`));
    assert.equal(scene.look(1, 30, 30, 29), 4);
  }
});

test('who looks only once takes a heartbeat for dead that is old by the clock of the file system', async () => {
  await using scene = await Scene.create();
  const age = (seconds: number): void => {
    const then = Date.now() / 1000 - seconds;
    utimesSync(scene.file, then, then);
  };
  scene.beat(1);
  age(80);
  assert.deepEqual(scene.first(), {life: 'unsure', seemsAlive: true});
  age(3 * 86_400);
  assert.deepEqual(scene.first(), {life: 'unsure', seemsAlive: false});
  scene.beat(2, 200_000);
  age(190);
  assert.deepEqual(scene.first(), {life: 'unsure', seemsAlive: true});

  // Its clock may be wrong: what is seen to beat lives.
  assert.equal(scene.look(0), 1);
  scene.beat(3);
  age(3 * 86_400);
  assert.equal(scene.look(3), 1);
  assert.equal(scene.members.seemsAlive(theirs), true);
});

test('an observer that was stopped itself does not count that time as silence', async () => {
  await using scene = await Scene.create();
  scene.beat(1);
  // A machine that slept for a day with everything around it.
  assert.equal(scene.look(0, 1, 86_400, 1, 29), 5);
  assert.equal(scene.look(28, 1), 1);
});

test('a member says itself how long it may be silent, up to ten minutes', async () => {
  await using scene = await Scene.create();
  scene.beat(1, 1200);
  assert.equal(scene.look(0, 0.4, 0.4, 0.39, 0.02), 4);
  for (const [count, silence, looks] of [
    // It is looked at every seven seconds.
    [2, 1e12, 603],
    [3, -1, 91],
    [4, 'x', 91],
    [5, null, 91],
  ] as const) {
    scene.beat(count, silence);
    const seconds = Array.from({length: 700}, () => 1);
    assert.equal(scene.look(...seconds), looks - 1, String(silence));
  }
});

test('a heartbeat that cannot be read, or is half written, is no sign of death', async () => {
  await using scene = await Scene.create();
  scene.beat(1);
  assert.equal(scene.look(0), 1);
  writeFileSync(scene.file, '{"beat":"0000');
  assert.equal(scene.look(60), 1);
  rmSync(scene.file);
  // Reading a folder fails as a file server does that does not answer.
  mkdirSync(scene.file);
  assert.equal(scene.look(1, 29), 2);
});

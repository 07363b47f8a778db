import assert from 'node:assert/strict';
import {Readable} from 'node:stream';
import {test} from 'node:test';
import {GuardedRemote} from '../../src/remote/guarded-remote.ts';
import {bodyOf, RemoteError, type Remote} from '../../src/remote/remote.ts';

const name = `cas/${'a'.repeat(64)}` as const;

/** A remote whose answers are scripted: `true`, or the kind of a failure. */
function scripted(answers: readonly (true | RemoteError['kind'])[]): {
  remote: GuardedRemote;
  asked: () => number;
  told: string[];
} {
  let at = 0;
  const told: string[] = [];
  const answer = (): Promise<boolean> => {
    const next = answers[at++];
    if (next === undefined) throw new Error('asked too often');
    return next === true ? Promise.resolve(true) : Promise.reject(new RemoteError(next, 'fails'));
  };
  const remote: Remote = {
    title: 'there',
    has: answer,
    get: () => Promise.resolve(undefined),
    put: async () => void (await answer()),
  };
  const guarded = new GuardedRemote(
    remote,
    (why) => told.push(why),
    () => 0,
  );
  return {remote: guarded, asked: () => at, told};
}

test('a passing failure is tried again', async () => {
  const {remote, asked, told} = scripted(['passing', 'passing', true]);
  assert.equal(await remote.has(name), true);
  assert.equal(asked(), 3);
  assert.deepEqual(told, []);
});

test('after three failures in a row nothing is asked any more, which is told once', async () => {
  const {remote, asked, told} = scripted(['passing', 'passing', 'passing']);
  assert.equal(await remote.has(name), false);
  assert.equal(await remote.has(name), false);
  await assert.rejects(remote.put(name, bodyOf('x')), {name: 'RemoteError'});
  assert.equal(asked(), 3);
  assert.deepEqual(told, ['there fails.']);
  assert.equal(remote.isOff, true);
});

test('a success in between starts the count anew', async () => {
  const {remote, told} = scripted(['passing', 'passing', true, 'passing', 'passing', true]);
  assert.equal(await remote.has(name), true);
  assert.equal(await remote.has(name), true);
  assert.deepEqual(told, []);
});

for (const kind of ['silent', 'final'] as const) {
  test(`one ${kind} failure is enough`, async () => {
    const {remote, asked, told} = scripted([kind]);
    assert.equal(await remote.has(name), false);
    assert.equal(asked(), 1);
    assert.equal(told.length, 1);
  });
}

test('bytes that break off are asked for again, and are a failure each time', async () => {
  const told: string[] = [];
  let asked = 0;
  const remote: Remote = {
    title: 'there',
    has: () => Promise.resolve(true),
    get: () => {
      asked++;
      return Promise.resolve(Readable.from(['x']));
    },
    put: () => Promise.resolve(),
  };
  const guarded = new GuardedRemote(
    remote,
    (why) => told.push(why),
    () => 0,
  );
  const breaking = (): Promise<never> => Promise.reject(new RemoteError('passing', 'broke off'));
  assert.equal(await guarded.read(name, breaking), undefined);
  assert.equal(asked, 3);
  assert.deepEqual(told, ['there broke off.']);
});

test('a remote cache that is left is asked for nothing, and nothing is told', async () => {
  const {remote, asked, told} = scripted([]);
  remote.leave();
  assert.equal(await remote.has(name), false);
  assert.equal(asked(), 0);
  assert.deepEqual(told, []);
});

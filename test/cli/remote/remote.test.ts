import assert from 'node:assert/strict';
import {test} from 'node:test';
import {newKeyPair} from '../../../src/remote/signatures.ts';
import {assertRan, chain, SharedResults} from '../../support/remote/shared-results.ts';

test('a machine with an empty store takes a table from the remote cache, and fetches what plan said', async () => {
  await using lab = await SharedResults.create();
  const {server, machines} = lab;
  const writer = await machines.machine('writer', {writes: true});
  assertRan(await writer.pipeline('run', 'p.yaml'), 4);
  const parts = [...server.objects].filter(([, bytes]) => ['abc', 'def'].includes(String(bytes)));
  assert.deepEqual(parts, [], 'bulky outputs stay');

  const reader = await machines.machine('reader');
  const plan = await reader.pipeline('plan', 'p.yaml');
  assert.match(plan.stdout, /^hit {4}size .*\(remote\)$/m);
  const [, says] = /a run would fetch (.*)\.$/m.exec(plan.stdout)!;
  const fetched = server.count('GET');
  const run = await reader.pipeline('run', 'p.yaml');
  assertRan(run, 0);
  assert.match(run.stderr, new RegExp(`4 hits, ${says} fetched`));
  assert.match(run.stdout, /\| 7 \|/);
  // Four records, the table and the number, and the fingerprint that makes the last result its own.
  assert.equal(server.count('GET') - fetched, 7);

  const before = server.requests.length;
  await server[Symbol.asyncDispose]();
  assertRan(await reader.pipeline('run', 'p.yaml'), 0);
  assert.equal(server.requests.length, before);
});

test('bytes that are needed and were not shared are made again', async () => {
  await using lab = await SharedResults.create();
  const {rig, machines} = lab;
  const writer = await machines.machine('writer', {writes: true});
  assertRan(await writer.pipeline('run', 'p.yaml'), 4);
  await rig.write(
    'q.yaml',
    `${chain}  again: {uses: join, with: {between: "-"}, inputs: {parts: parts.out}}\n`,
  );
  const reader = await machines.machine('reader');
  const run = await reader.pipeline('run', 'q.yaml');
  // What is new, and the parts that it takes in.
  assertRan(run, 2);
  assert.match(run.stdout, /↓ parts {2}fetches 1 file|↓ again {2}fetches 2 files/);
  assert.match(run.stdout, /! An artifact of parts is not in the remote cache: it will be made/);
});

test('objects that were lost are made, and shared again for the next machine', async () => {
  await using lab = await SharedResults.create();
  const {server, machines} = lab;
  const writer = await machines.machine('writer', {writes: true});
  assertRan(await writer.pipeline('run', 'p.yaml'), 4);
  for (const [name, bytes] of server.objects) {
    if (name.startsWith('cas/') && ['abcdef', 'abc+def'].includes(String(bytes))) {
      server.objects.delete(name);
    }
  }
  const second = await machines.machine('second', {writes: true});
  await lab.rig.write('q.yaml', chain.replace('{uses: measure', '{uses: reverse'));
  const run = await second.pipeline('run', 'q.yaml');
  // The reversed text needs the joined one, that needs the parts, and they need what was said.
  assertRan(run, 4);
  const third = await machines.machine('third');
  assertRan(await third.pipeline('run', 'q.yaml'), 0);
});

const poisons: readonly {
  readonly title: string;
  readonly poison: (name: string, bytes: Buffer) => Buffer | undefined;
  readonly says: RegExp;
}[] = [
  {
    title: 'other bytes of the same length',
    poison: (name, bytes) => (name.startsWith('cas/') ? Buffer.from(bytes).reverse() : undefined),
    says: /has other bytes than its name says/,
  },
  {
    title: 'bytes that are cut off',
    poison: (name, bytes) => (name.startsWith('cas/') ? bytes.subarray(1) : undefined),
    says: /ends after \d+ of \d+ bytes/,
  },
  {
    title: 'more bytes than there should be',
    poison: (name, bytes) => (name.startsWith('cas/') ? Buffer.concat([bytes, bytes]) : undefined),
    says: /is longer than \d+ bytes/,
  },
  {
    title: 'records that were edited',
    poison: (name, bytes) =>
      name.startsWith('ac/') ? Buffer.from(String(bytes).replace('say', 'pay')) : undefined,
    says: /was signed by nobody who is trusted/,
  },
  {
    title: 'records that are no JSON, with escape sequences',
    poison: (name) => (name.startsWith('ac/') ? Buffer.from('\u001B[2J') : undefined),
    says: /is not a record/,
  },
  {
    title: 'records larger than any record',
    poison: (name) => (name.startsWith('ac/') ? Buffer.alloc((1 << 24) + 1, ' ') : undefined),
    says: /is larger than any record/,
  },
];

for (const {title, poison, says} of poisons) {
  test(`nothing of a poisoned cache is used: ${title}`, async () => {
    await using lab = await SharedResults.create();
    const {server, machines} = lab;
    const writer = await machines.machine('writer', {writes: true});
    assertRan(await writer.pipeline('run', 'p.yaml'), 4);
    for (const [name, bytes] of server.objects) {
      const other = poison(name, bytes);
      if (other !== undefined) server.objects.set(name, other);
    }
    const reader = await machines.machine('reader');
    const run = await reader.pipeline('run', 'p.yaml');
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /\| 7 \|/, 'the table was made here');
    const stored = await reader.pipeline('verify');
    assert.equal(stored.code, 0, stored.stdout);
    assert.match(run.stdout + run.stderr, says);
    assert.ok(!(run.stdout + run.stderr).includes('\u001B'));
  });
}

test('results of somebody who is not trusted are not used, which is said', async () => {
  await using lab = await SharedResults.create();
  const {machines} = lab;
  const writer = await machines.machine('writer', {writes: true});
  assertRan(await writer.pipeline('run', 'p.yaml'), 4);
  const {publicText} = newKeyPair();
  const reader = await machines.machine('reader', {trusted: publicText});
  const run = await reader.pipeline('run', 'p.yaml');
  assertRan(run, 4);
  assert.match(run.stdout + run.stderr, /was signed by nobody who is trusted: it is not used/);
});

test('an outage is told once, and the run goes on without the remote cache', async () => {
  await using lab = await SharedResults.create();
  const {server, machines} = lab;
  const writer = await machines.machine('writer', {writes: true});
  server.trick = (request, answer) => {
    if (request.method !== 'PUT') return false;
    answer.writeHead(503).end();
    return true;
  };
  const run = await writer.pipeline('run', 'p.yaml');
  assertRan(run, 4);
  const told = run.stderr.match(/is left alone from now on/g) ?? [];
  assert.equal(told.length, 1, run.stderr);
  assert.match(run.stderr, /4 could not be shared/);
});

test('push and pull transfer what runs leave: bulky outputs, and results of runs without a remote', async () => {
  await using lab = await SharedResults.create();
  const {server, machines} = lab;
  const writer = await machines.machine('writer', {writes: true});
  assertRan(await writer.pipeline('run', 'p.yaml', '--no-remote'), 4);
  assert.equal(server.requests.length, 0);
  const pushed = await writer.pipeline('push', 'p.yaml', '--bulky');
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.match(pushed.stdout, /^4 results are in http/);
  const reader = await machines.machine('reader');
  const pulled = await reader.pipeline('pull', 'p.yaml', '--bulky');
  assert.equal(pulled.code, 0, pulled.stdout);
  assertRan(await reader.pipeline('run', 'p.yaml', '--no-remote'), 0);
});

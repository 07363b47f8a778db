import assert from 'node:assert/strict';
import {test} from 'node:test';
import {newKeyPair} from '../../../src/remote/signatures.ts';
import {assertRan, chain, SharedResults} from '../../support/remote/shared-results.ts';

/** A laboratory in which a machine has shared the chain. */
async function shared(): Promise<SharedResults> {
  const lab = await SharedResults.create();
  const writer = await lab.machines.machine('writer', {writes: true});
  assertRan(await writer.pipeline('run', 'p.yaml'), 4);
  return lab;
}

test('a result whose bytes the remote cache has lost is made, and shared again', async () => {
  await using lab = await shared();
  const {server, machines} = lab;
  for (const [name, bytes] of server.objects) {
    if (String(bytes).includes('| 7 |')) server.objects.delete(name);
  }
  const second = await machines.machine('second', {writes: true});
  const run = await second.pipeline('run', 'p.yaml');
  // What it measures is fetched, and the table made.
  assertRan(run, 1);
  assert.match(run.stdout, /\| 7 \|/);
  assertRan(await (await machines.machine('third')).pipeline('run', 'p.yaml'), 0);
});

test('what comes after an instance that runs is looked up when its inputs are known', async () => {
  await using lab = await shared();
  const {machines} = lab;
  const reader = await machines.machine('reader');
  assertRan(await reader.pipeline('run', 'p.yaml', '--force', 'said'), 1);
});

test('of instances with one key, all wait for the same answer', async () => {
  await using lab = await shared();
  const twins = `${chain}
  parts-too: {uses: split, inputs: {of: said.out}}
  joined-too: {uses: join, inputs: {parts: parts-too.out}}
`;
  await lab.rig.write('twins.yaml', twins);
  const reader = await lab.machines.machine('reader');
  const before = lab.server.count('GET');
  assertRan(await reader.pipeline('run', 'twins.yaml', '--force', 'said'), 1);
  // Three records, the number and the table, the text that was joined, and the fingerprints of those two results.
  assert.equal(lab.server.count('GET') - before, 8);
});

test('a record that nobody can use is replaced by whoever makes the result', async () => {
  await using lab = await shared();
  const {server, machines} = lab;
  for (const name of server.objects.keys()) {
    if (name.startsWith('ac/')) server.objects.set(name, Buffer.from('{}'));
  }
  const second = await machines.machine('second', {writes: true});
  assertRan(await second.pipeline('run', 'p.yaml'), 4);
  assertRan(await (await machines.machine('third')).pipeline('run', 'p.yaml'), 0);
});

test('of two machines that make other bytes for one key, the first stays, and the second is told', async () => {
  await using lab = await SharedResults.create();
  const {rig, machines} = lab;
  await rig.write('d.yaml', 'stages: {drifting: {uses: drift}}\n');
  const first = await machines.machine('first', {writes: true});
  const second = await machines.machine('second', {writes: true});
  assertRan(await second.pipeline('run', 'd.yaml', '--no-remote'), 1);
  const program = first.rig.start(['run', 'd.yaml', '--store', 'store-first']);
  assert.equal((await program.finished).code, 0);
  const pushed = await second.pipeline('push', 'd.yaml');
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.match(pushed.stdout, /^0 results are in/);
  assert.match(pushed.stdout, /1 results are there with other bytes/);
  const run = await second.pipeline('run', 'd.yaml', '--force', 'drifting');
  assert.match(run.stderr, /! The result [0-9a-f]{64} is there with other bytes, which stay/);
});

test('records that were kept are believed only as long as their signer is', async () => {
  await using lab = await shared();
  const {machines, server} = lab;
  const reader = await machines.machine('reader');
  assertRan(await reader.pipeline('run', 'p.yaml'), 0);
  await server[Symbol.asyncDispose]();
  await machines.machine('reader', {trusted: newKeyPair().publicText});
  const run = await reader.pipeline('run', 'p.yaml', '--force', 'size');
  // Its own table stays; what it kept only the record of does not count any more.
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assertRan(run, 4);
});

test('a run that is stopped waits for nothing that it fetches', async () => {
  await using lab = await shared();
  const {server, machines} = lab;
  await lab.rig.write('q.yaml', chain.replace('{uses: measure', '{uses: reverse'));
  const reader = await machines.machine('reader');
  let program: ReturnType<typeof reader.rig.start>;
  server.trick = (request) => {
    if (!request.url!.includes('/cas/')) return false;
    program.kill('SIGINT');
    return true;
  };
  program = reader.rig.start(['run', 'q.yaml', '--store', 'store-reader']);
  const {code, stdout, stderr} = await program.finished;
  assert.equal(code, 75, stdout + stderr);
  server.trick = () => false;
  assertRan(await reader.pipeline('run', 'q.yaml'), 1);
});

test('a run that is stopped while it shares leaves the rest to push', async () => {
  await using lab = await SharedResults.create();
  const {server, machines} = lab;
  const writer = await machines.machine('writer', {writes: true});
  const hanging = new Promise<void>((resolve) => {
    server.trick = ({method, url}) => {
      const isRecord = method === 'PUT' && url!.includes('/ac/');
      if (isRecord) resolve();
      return isRecord;
    };
  });
  const program = writer.rig.start(['run', 'p.yaml', '--store', 'store-writer']);
  await program.line('✓ size');
  await hanging;
  program.kill('SIGINT');
  const {stdout, stderr} = await program.finished;
  assert.match(stderr, /4 could not be shared/, stdout);
  server.trick = () => false;
  const pushed = await writer.pipeline('push', 'p.yaml');
  assert.match(pushed.stdout, /^4 results are in/);
});

test('with --quiet and --json people and programs read nothing else', async () => {
  await using lab = await shared();
  const quiet = await (await lab.machines.machine('quiet')).pipeline('run', 'p.yaml', '--quiet');
  assert.equal(quiet.stderr, '');
  const json = await (await lab.machines.machine('json')).pipeline('run', 'p.yaml', '--json');
  for (const line of json.stdout.trimEnd().split('\n')) JSON.parse(line);
});

test('commands that read a store say what to do about results that are elsewhere', async () => {
  await using lab = await shared();
  const reader = await lab.machines.machine('reader');
  assertRan(await reader.pipeline('run', 'p.yaml'), 0);
  for (const name of ['said', 'said.out']) {
    const {code, stderr} = await reader.pipeline('show', name);
    assert.notEqual(code, 0);
    assert.match(stderr, /The result of `said` is not in this store: .*`pipeline pull` brings/s);
  }
  assert.match((await reader.pipeline('status')).stdout, /4 stored already/);
  assert.equal((await reader.pipeline('verify')).code, 0);
  assert.equal((await reader.pipeline('pull', 'p.yaml', '--bulky')).code, 1);
  assert.equal((await reader.pipeline('show', 'said')).code, 0);
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {FakeGpus, looks, seenBy} from '../../support/rigs/fake-gpus.ts';
import {Gate, type Arrival} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

const gateProgram = fileURLToPath(
  new URL('../../support/program/gate-program.js', import.meta.url),
);

/**
 * Opens the gate for `count` instances one by one. Checks that `atOnce` run at a time, and at most `sharing` on a GPU.
 */
async function letThrough(
  gate: Gate,
  {count, atOnce, sharing = 1}: {count: number; atOnce: number; sharing?: number},
): Promise<void> {
  const held: Arrival[] = [];
  for (let arrived = 0; arrived < count; arrived++) {
    if (held.length === atOnce) held.shift()!.let('go');
    held.push(await gate.arrival());
    const users = new Map<string, number>();
    for (const token of held.flatMap(seenBy)) users.set(token, (users.get(token) ?? 0) + 1);
    for (const [token, by] of users) assert.ok(by <= sharing, `${token} is used by ${by}`);
  }
  assert.equal(held.length, atOnce);
  for (const arrival of held) arrival.let('go');
}

test('all four GPUs are busy at once, each with one instance, whatever CPU slots there are', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {environment} = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', looks(7, gate.path, '{device: 1}'));
  const program = rig.with(environment).start(['run', 'p.yaml', '--jobs', '1']);
  await letThrough(gate, {count: 7, atOnce: 4});
  const {code, stdout} = await program.finished;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^• 4 GPUs\. nvidia-smi lists 0, 1, 2, 3\.$/m);
  assert.match(stdout, /^▸ look\[n=0\] {2}on gpu:0/m);
});

for (const stores of [
  ['artifacts', 'artifacts'],
  ['one', 'two'],
] as const) {
  test(`two runs on ${stores[0] === stores[1] ? 'one store' : 'two stores'} never use a GPU twice`, async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const {environment} = await FakeGpus.create(rig.folder);
    await rig.write('a.yaml', looks(4, gate.path, '{gpu: 1}', 'a'));
    await rig.write('b.yaml', looks(4, gate.path, '{gpu: 1}', 'b'));
    const one = rig.with(environment).start(['run', 'a.yaml', '--store', stores[0]]);
    const two = rig.with(environment).start(['run', 'b.yaml', '--store', stores[1]]);
    await Promise.race([
      one.line('waiting for a GPU held by'),
      two.line('waiting for a GPU held by'),
    ]);
    await letThrough(gate, {count: 8, atOnce: 4});
    assert.equal((await one.finished).code, 0);
    assert.equal((await two.finished).code, 0);
  });
}

const requests = [
  {resources: '{gpu: 0.5}', devices: '0,1', each: 3, atOnce: 4, sharing: 2},
  {resources: '{gpu: 2}', devices: '3,1,0,2', each: 2, atOnce: 2, sharing: 1},
];
for (const {resources, devices, each, ...at} of requests) {
  test(`two runs started together on one store share GPUs as ${resources} says`, async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const {environment} = await FakeGpus.create(rig.folder);
    const runs = ['a', 'b'].map(async (name) => {
      await rig.write(`${name}.yaml`, looks(each, gate.path, resources, name));
      return rig.with(environment).start(['run', `${name}.yaml`, '--devices', devices]).finished;
    });
    await letThrough(gate, {count: 2 * each, ...at});
    for (const {code, stdout} of await Promise.all(runs)) assert.equal(code, 0, stdout);
    // The run reports again that an instance waits only when none of the processes reported before still holds a GPU.
    for (const run of await rig.runs()) {
      const told = new Map<string, readonly number[]>();
      for (const event of await rig.eventsOf(run)) {
        if (event.kind !== 'waiting-for-gpu') continue;
        const before = told.get(event.instance) ?? [];
        assert.ok(!event.pids.some((pid) => before.includes(pid)), JSON.stringify(event));
        told.set(event.instance, event.pids);
      }
    }
  });
}

test('a stage that asks for no device sees none, and neither does one that gets a CPU slot', async () => {
  await using rig = await Rig.create();
  const {environment} = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', 'stages: {look: {uses: look, with: {text: a}}}\n');
  assert.equal((await rig.with(environment).start(['run', 'p.yaml']).finished).code, 0);
  await rig.write(
    'q.yaml',
    'stages: {look: {uses: look, with: {text: b}, resources: {device: 1}}}\n',
  );
  const {code, stdout} = await rig.with(environment).start(['run', 'q.yaml', '--devices', 'none'])
    .finished;
  assert.equal(code, 0);
  assert.match(stdout, /^▸ look: /m);
  const seen = await Promise.all(
    (await rig.stored('cas')).map((file) => rig.read(`artifacts/cas/${file}`)),
  );
  assert.deepEqual(seen, [' undefined']);
});

test('parts of a GPU are shared, and what needs a whole one gets another', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {environment} = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', looks(4, gate.path, '{gpu: 0.25}'));
  const program = rig.with(environment).start(['run', 'p.yaml']);
  const arrivals = [];
  for (let index = 0; index < 4; index++) arrivals.push(await gate.arrival());
  assert.deepEqual(arrivals.flatMap(seenBy), ['0', '0', '0', '0']);
  await rig.write('q.yaml', looks(1, gate.path, '{gpu: 3}', 'whole'));
  const other = rig.with(environment).start(['run', 'q.yaml', '--store', 'other']);
  const whole = await gate.arrival();
  assert.deepEqual(seenBy(whole), ['1', '2', '3']);
  for (const arrival of [...arrivals, whole]) arrival.let('go');
  assert.equal((await program.finished).code, 0);
  assert.equal((await other.finished).code, 0);
});

test('an instance that needs two GPUs gets two at once or waits', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {environment} = await FakeGpus.create(rig.folder);
  const look = (text: string, gpus: number): string =>
    `{uses: look, with: {text: ${text}, gate: "${gate.path}"}, resources: {gpu: ${gpus}}}`;
  await rig.write(
    'p.yaml',
    `stages: {one: ${look('one', 1)}, two: ${look('two', 2)}, more: ${look('more', 1)}}\n`,
  );
  const program = rig.with(environment).start(['run', 'p.yaml', '--devices', '0,1']);
  const single = [await gate.arrival(), await gate.arrival()];
  assert.deepEqual(single.flatMap(seenBy).sort(), ['0', '1']);
  for (const arrival of single) arrival.let('go');
  const gang = await gate.arrival();
  assert.deepEqual(gang.name, 'two sees 0,1');
  gang.let('go');
  assert.equal((await program.finished).code, 0);
});

test('a GPU of a program that lost head and worker stays claimed until the program ends', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const gpus = await FakeGpus.create(rig.folder);
  const one = {...gpus.environment, CUDA_VISIBLE_DEVICES: '1'};
  const words = `[node, ${gateProgram}, ${gate.path}, program]`;
  await rig.write(
    'p.yaml',
    `stages: {it: {run: ${words}, outputs: {out: text}, resources: {gpu: 1}}}\n`,
  );
  const head = rig.with(one).start(['run', 'p.yaml']);
  const program = await gate.arrival();
  await gpus.heldBy(program.pid);
  const [lease] = await rig.leases();
  const {pid} = JSON.parse(await rig.read(`artifacts/leases/${lease!}`)) as {readonly pid: number};
  head.kill('SIGKILL');
  await head.finished;
  process.kill(pid, 'SIGKILL');
  await rig.write('q.yaml', looks(1, gate.path, '{gpu: 1}', 'next'));
  const next = rig.with(one).start(['run', 'q.yaml', '--store', 'other']);
  await next.line(`is waiting for a GPU held by process ${program.pid}`);
  process.kill(program.pid, 'SIGKILL');
  const arrival = await gate.arrival();
  assert.equal(arrival.name, 'next0 sees 1');
  arrival.let('go');
  assert.equal((await next.finished).code, 0);
});

test('a GPU of a worker whose head was killed stays claimed until the worker ends', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {environment} = await FakeGpus.create(rig.folder);
  const one = {...environment, CUDA_VISIBLE_DEVICES: '1'};
  await rig.write('p.yaml', looks(1, gate.path, '{gpu: 1}'));
  const killed = rig.with(one).start(['run', 'p.yaml']);
  const worker = await gate.arrival();
  killed.kill('SIGKILL');
  await killed.finished;
  const list = await rig.with(one).start(['devices', '--json']).finished;
  const {gpus} = JSON.parse(list.stdout) as {gpus: readonly {readonly heldBy: unknown}[]};
  assert.deepEqual(
    gpus.map(({heldBy}) => heldBy),
    [[{pid: worker.pid, amount: 1}]],
  );

  await rig.write('q.yaml', looks(1, gate.path, '{gpu: 1}', 'next'));
  const next = rig.with(one).start(['run', 'q.yaml', '--store', 'other']);
  await next.line(`is waiting for a GPU held by process ${worker.pid}`);
  process.kill(worker.pid, 'SIGKILL');
  const arrival = await gate.arrival();
  assert.equal(arrival.name, 'next0 sees 1');
  arrival.let('go');
  assert.equal((await next.finished).code, 0);
});

test('runs in two Slurm jobs on one machine do not wait for each other’s GPU 0, those in one job do', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {environment} = await FakeGpus.create(rig.folder, 'exit 9');
  const start = async (name: string, job: string) => {
    await rig.write(`${name}.yaml`, looks(1, gate.path, '{gpu: 1}', name));
    const variables = {...environment, SLURM_JOB_ID: job, CUDA_VISIBLE_DEVICES: '0'};
    return rig.with(variables).start(['run', `${name}.yaml`]);
  };
  const runs = [await start('a', '12'), await start('b', '13')];
  const both = [await gate.arrival(), await gate.arrival()];
  assert.deepEqual(both.map(seenBy), [['0'], ['0']]);
  const third = await start('c', '13');
  await third.line('waiting for a GPU held by');
  for (const arrival of both) arrival.let('go');
  (await gate.arrival()).let('go');
  for (const run of [...runs, third]) assert.equal((await run.finished).code, 0);
});

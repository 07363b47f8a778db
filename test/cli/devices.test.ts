import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {access, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {FakeGpus} from '../support/fake-gpus.ts';
import {Gate, type Arrival} from '../support/gate.ts';
import {Rig} from '../support/rig.ts';

/** The tokens that an instance at the gate sees. */
function seenBy({name}: Arrival): readonly string[] {
  return name.split(' sees ')[1]!.split(',').filter(Boolean);
}

function looks(count: number, gate: string, resources: string, text = 'a'): string {
  const params = `{text: "${text}\${matrix.n}", gate: "${gate}"}`;
  return `stages: {look: {uses: look, matrix: {n: {count: ${count}}}, with: ${params}, resources: ${resources}}}\n`;
}

/** Lets instances through one by one, as many as there are, and makes sure that no two see one GPU. */
async function letThrough(gate: Gate, count: number, atOnce: number): Promise<void> {
  const held = new Map<string, Arrival>();
  for (let arrived = 0; arrived < count; arrived++) {
    if (held.size === atOnce) {
      const [token, arrival] = [...held][0]!;
      held.delete(token);
      arrival.let('go');
    }
    const arrival = await gate.arrival();
    const [token, ...more] = seenBy(arrival);
    assert.deepEqual(more, []);
    assert.ok(!held.has(token!), `${token} is used twice`);
    held.set(token!, arrival);
  }
  assert.equal(held.size, atOnce);
  for (const arrival of held.values()) arrival.let('go');
}

test('all four GPUs are busy at once, each with one instance, whatever CPU slots there are', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {environment} = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', looks(7, gate.path, '{device: 1}'));
  const program = rig.start(['run', 'p.yaml', '--jobs', '1'], environment);
  await letThrough(gate, 7, 4);
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
    const one = rig.start(['run', 'a.yaml', '--store', stores[0]], environment);
    const two = rig.start(['run', 'b.yaml', '--store', stores[1]], environment);
    await Promise.race([
      one.line('waiting for a GPU held by'),
      two.line('waiting for a GPU held by'),
    ]);
    await letThrough(gate, 8, 4);
    assert.equal((await one.finished).code, 0);
    assert.equal((await two.finished).code, 0);
  });
}

test('the tokens of CUDA_VISIBLE_DEVICES are used as they are', async () => {
  const cases = [
    ['2,0', ['2', '0']],
    [`${FakeGpus.uuid(3)},MIG-abc`, [FakeGpus.uuid(3), 'MIG-abc']],
    ['1,7,2', ['1']],
    ['3,3', ['3']],
  ] as const;
  for (const [variable, tokens] of cases) {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const {environment} = await FakeGpus.create(rig.folder);
    await rig.write('p.yaml', looks(tokens.length, gate.path, '{gpu: 1}'));
    const program = rig.start(['run', 'p.yaml'], {...environment, CUDA_VISIBLE_DEVICES: variable});
    const arrivals: Arrival[] = [];
    for (const _ of tokens) arrivals.push(await gate.arrival());
    assert.deepEqual(arrivals.flatMap(seenBy).sort(), [...tokens].sort());
    for (const arrival of arrivals) arrival.let('go');
    assert.equal((await program.finished).code, 0);
  }
});

test('a stage that asks for no device sees none, and neither does one that gets a CPU slot', async () => {
  await using rig = await Rig.create();
  const {environment} = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', 'stages: {look: {uses: look, with: {text: a}}}\n');
  assert.equal((await rig.start(['run', 'p.yaml'], environment).finished).code, 0);
  await rig.write(
    'q.yaml',
    'stages: {look: {uses: look, with: {text: b}, resources: {device: 1}}}\n',
  );
  const {code, stdout} = await rig.start(['run', 'q.yaml', '--devices', 'none'], environment)
    .finished;
  assert.equal(code, 0);
  assert.match(stdout, /^▸ look {2}on cpu:0/m);
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
  const program = rig.start(['run', 'p.yaml'], environment);
  const arrivals = [];
  for (let index = 0; index < 4; index++) arrivals.push(await gate.arrival());
  assert.deepEqual(arrivals.flatMap(seenBy), ['0', '0', '0', '0']);
  await rig.write('q.yaml', looks(1, gate.path, '{gpu: 3}', 'whole'));
  const other = rig.start(['run', 'q.yaml', '--store', 'other'], environment);
  const whole = await gate.arrival();
  assert.deepEqual(seenBy(whole), ['1', '2', '3']);
  for (const arrival of [...arrivals, whole]) arrival.let('go');
  assert.equal((await program.finished).code, 0);
  assert.equal((await other.finished).code, 0);
});

test('what needs two GPUs gets two at once or waits', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {environment} = await FakeGpus.create(rig.folder);
  const look = (text: string, gpus: number): string =>
    `{uses: look, with: {text: ${text}, gate: "${gate.path}"}, resources: {gpu: ${gpus}}}`;
  await rig.write(
    'p.yaml',
    `stages: {one: ${look('one', 1)}, two: ${look('two', 2)}, more: ${look('more', 1)}}\n`,
  );
  const program = rig.start(['run', 'p.yaml', '--devices', '0,1'], environment);
  const single = [await gate.arrival(), await gate.arrival()];
  assert.deepEqual(single.flatMap(seenBy).sort(), ['0', '1']);
  for (const arrival of single) arrival.let('go');
  const gang = await gate.arrival();
  assert.deepEqual(gang.name, 'two sees 0,1');
  gang.let('go');
  assert.equal((await program.finished).code, 0);
});

test('asking for more GPUs than there are is one mistake a stage, and nothing is written', async () => {
  await using rig = await Rig.create();
  const {environment} = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', looks(100, '', '{gpu: 5}'));
  const {code, stderr} = await rig.start(['run', 'p.yaml'], environment).finished;
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^p\.yaml:1:\d+ error not-enough-devices: Each of the 100 instances of look asks for 5 GPUs, and 4 can be used\.\n/,
  );
  assert.match(stderr, /note: nvidia-smi lists 0, 1, 2, 3\./);
  assert.equal(stderr.match(/error/g)?.length, 1);
  await assert.rejects(access(path.join(rig.folder, 'artifacts')));
  const stray = await rig.start(['run', 'p.yaml', '--devices', '0,9'], environment).finished;
  assert.equal(stray.code, 3);
  assert.match(stray.stderr, /--devices names 9, but nvidia-smi lists 0, 1, 2, 3\./);
  const typo = await rig.start(['run', 'p.yaml', '--devices', '0;1'], environment).finished;
  assert.equal(typo.code, 2);
});

test('an nvidia-smi that fails or talks nonsense gives no GPU, and the reason is said', async () => {
  const cases = [
    ['exit 9', /nvidia-smi ended with exit code 9/],
    ['echo "NVRM: no such luck"', /nvidia-smi answered what is not a list of GPUs: "NVRM: no/],
  ] as const;
  for (const [script, reason] of cases) {
    await using rig = await Rig.create();
    const {environment} = await FakeGpus.create(rig.folder, script);
    await rig.write('p.yaml', looks(1, '', '{device: 1}'));
    const {code, stdout} = await rig.start(['run', 'p.yaml'], environment).finished;
    assert.equal(code, 0);
    assert.match(stdout, reason);
    assert.match(stdout, /on cpu:0/);
    await rig.write('p.yaml', looks(1, '', '{gpu: 1}', 'b'));
    const insists = await rig.start(['run', 'p.yaml'], environment).finished;
    assert.equal(insists.code, 3);
    assert.match(insists.stderr, /look\[n=0\] asks for 1 GPU, and no GPU can be used/);
    assert.match(insists.stderr, reason);
  }
});

test('a GPU of a worker whose head was killed is given to nobody before the worker ends', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const {environment} = await FakeGpus.create(rig.folder);
  const one = {...environment, CUDA_VISIBLE_DEVICES: '1'};
  await rig.write('p.yaml', looks(1, gate.path, '{gpu: 1}'));
  const killed = rig.start(['run', 'p.yaml'], one);
  const worker = await gate.arrival();
  killed.kill('SIGKILL');
  await killed.finished;
  const list = await rig.start(['devices', '--json'], one).finished;
  const {gpus} = JSON.parse(list.stdout) as {gpus: readonly {readonly heldBy: unknown}[]};
  assert.deepEqual(
    gpus.map(({heldBy}) => heldBy),
    [[{pid: worker.pid, amount: 1}]],
  );

  await rig.write('q.yaml', looks(1, gate.path, '{gpu: 1}', 'next'));
  const next = rig.start(['run', 'q.yaml', '--store', 'other'], one);
  await next.line(`is waiting for a GPU held by process ${worker.pid}`);
  process.kill(worker.pid, 'SIGKILL');
  const arrival = await gate.arrival();
  assert.equal(arrival.name, 'next0 sees 1');
  arrival.let('go');
  assert.equal((await next.finished).code, 0);
});

test('nobody looks for GPUs before something that is going to run asks for one', async () => {
  await using rig = await Rig.create();
  const gpus = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', 'stages: {look: {uses: look, with: {text: a}}}\n');
  await rig.start(['run', 'p.yaml'], gpus.environment).finished;
  assert.equal(await gpus.calls(), 0);
  await rig.write('p.yaml', looks(2, '', '{gpu: 1}'));
  await rig.start(['run', 'p.yaml'], gpus.environment).finished;
  assert.equal(await gpus.calls(), 1);
  const again = await rig.start(['run', 'p.yaml'], gpus.environment).finished;
  assert.match(again.stdout, /2 stored already/);
  await rig.start(['plan', 'p.yaml'], gpus.environment).finished;
  assert.equal(await gpus.calls(), 1);
});

test('a run that is stopped does not wait for an answer of nvidia-smi', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const answer = path.join(rig.folder, 'answer');
  execFileSync('mkfifo', [answer]);
  const {environment} = await FakeGpus.create(rig.folder, `cat '${answer}'`);
  const look = looks(1, gate.path, '{device: 1}').replace('stages: {', '');
  const say = `{uses: say, with: {text: a, gate: "${gate.path}"}}`;
  await rig.write('p.yaml', `stages: {say: ${say}, ${look}`);
  const program = rig.start(['run', 'p.yaml'], environment);
  const arrival = await gate.arrival();
  program.kill('SIGINT');
  await program.line('Stopping');
  arrival.let('go');
  await program.line('Suspended after');
  await writeFile(answer, '');
  assert.equal((await program.finished).code, 75);
  assert.ok((await rig.events()).every(({kind}) => kind !== 'gpus-found'));
  assert.equal((await rig.events()).at(-1)?.kind, 'run-finished');
});

test('a claims folder that others could write to is not used', async () => {
  await using rig = await Rig.create();
  const {environment} = await FakeGpus.create(rig.folder);
  await mkdir(environment['PIPELINE_TEST_HOST_FOLDER']!, {mode: 0o755});
  const {stdout} = await rig.start(['devices'], environment).finished;
  assert.match(stdout, /none is used: .* is open to other users\./);
});

test('pipeline devices says what there is and why', async () => {
  await using rig = await Rig.create();
  const {environment} = await FakeGpus.create(rig.folder);
  const {code, stdout} = await rig.start(
    ['devices', '--devices', `0,${FakeGpus.uuid(2)}`],
    environment,
  ).finished;
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `slots   2 CPU slots: this machine has 2 cores.
gpus    gpu:0  Fake, Mk 2  79.6 GiB  ${FakeGpus.uuid(0)}
        gpu:${FakeGpus.uuid(2)}  Fake, Mk 2  79.6 GiB
        --devices names 0, ${FakeGpus.uuid(2)}.
`,
  );
  assert.match((await rig.start(['doctor'], environment).finished).stdout, /^gpus {4}gpu:0 /m);
});

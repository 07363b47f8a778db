import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {access, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {FakeGpus, looks, seenBy} from '../../support/rigs/fake-gpus.ts';
import {Gate, type Arrival} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';
import {writePciFolders} from '../../support/rigs/pci-folders.ts';

/** Gives the devices of the first instance that the newest run started. */
async function firstDevices(rig: Rig): Promise<readonly string[]> {
  const started = (await rig.events()).find((event) => event.kind === 'started');
  return started?.devices ?? [];
}

test('if CUDA_VISIBLE_DEVICES names no GPU, instances run on CPU slots, and those that require a GPU are refused', async () => {
  for (const variable of ['', '-1', 'none']) {
    await using rig = await Rig.create();
    const {environment} = await FakeGpus.create(rig.folder);
    const none = {...environment, CUDA_VISIBLE_DEVICES: variable};
    await rig.write('p.yaml', looks(1, '', '{device: 1}'));
    const {code, stdout} = await rig.with(none).pipeline('run', 'p.yaml');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^▸ look\[n=0\]: /m);
    assert.match((await firstDevices(rig)).join(), /^cpu:\d$/);
    await rig.write('p.yaml', looks(1, '', '{gpu: 0.5}', 'b'));
    const insists = await rig.with(none).pipeline('run', 'p.yaml');
    assert.equal(insists.code, 3);
    assert.match(insists.stderr, /asks for 0\.5 GPU, and no GPU can be used\./);
    assert.match(insists.stderr, /note: CUDA_VISIBLE_DEVICES /);
  }
});

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
    const program = rig
      .with({...environment, CUDA_VISIBLE_DEVICES: variable})
      .start(['run', 'p.yaml']);
    const arrivals: Arrival[] = [];
    for (const _ of tokens) arrivals.push(await gate.arrival());
    assert.deepEqual(arrivals.flatMap(seenBy).sort(), [...tokens].sort());
    for (const arrival of arrivals) arrival.let('go');
    assert.equal((await program.finished).code, 0);
  }
});

test('asking for more GPUs than there are is one mistake a stage, and nothing is written', async () => {
  await using rig = await Rig.create();
  const {environment} = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', looks(100, '', '{gpu: 5}'));
  const {code, stderr} = await rig.with(environment).pipeline('run', 'p.yaml');
  assert.equal(code, 3);
  // `plan` still prints the plan, and reports that a run would be refused.
  const planned = await rig.with(environment).pipeline('plan', 'p.yaml');
  assert.deepEqual([planned.code, planned.stderr], [3, stderr]);
  assert.match(planned.stdout, /^run {4}look {2}100 instances$/m);
  assert.match(
    stderr,
    /^p\.yaml:1:\d+ error not-enough-devices: Each of the 100 instances of look asks for 5 GPUs, and 4 can be used\.\n/,
  );
  assert.match(stderr, /note: nvidia-smi lists 0, 1, 2, 3\./);
  assert.equal(stderr.match(/error/g)?.length, 1);
  await assert.rejects(access(path.join(rig.folder, 'artifacts')));
  const stray = await rig.with(environment).pipeline('run', 'p.yaml', '--devices', '0,9');
  assert.equal(stray.code, 3);
  assert.match(stray.stderr, /--devices names 9, but nvidia-smi lists 0, 1, 2, 3\./);
  const none = await rig.with(environment).pipeline('plan', 'p.yaml', '--devices', 'none');
  assert.equal(none.code, 3);
  assert.match(none.stderr, /note: --devices is none: no GPU is to be used\./);
  const typo = await rig.with(environment).pipeline('run', 'p.yaml', '--devices', '0;1');
  assert.equal(typo.code, 2);
});

test('an nvidia-smi that fails or talks nonsense gives no GPU, and the reason is said', async () => {
  const cases = [
    ['exit 9', /nvidia-smi ended with exit code 9/],
    ['echo "NVRM: no such luck"', /nvidia-smi did not answer with a list of GPUs: "NVRM: no/],
  ] as const;
  for (const [script, reason] of cases) {
    await using rig = await Rig.create();
    const {environment} = await FakeGpus.create(rig.folder, script);
    await rig.write('p.yaml', looks(1, '', '{device: 1}'));
    const {code, stdout} = await rig.with(environment).pipeline('run', 'p.yaml');
    assert.equal(code, 0);
    assert.match(stdout, reason);
    assert.deepEqual(await firstDevices(rig), ['cpu:0']);
    await rig.write('p.yaml', looks(1, '', '{gpu: 1}', 'b'));
    const insists = await rig.with(environment).pipeline('run', 'p.yaml');
    assert.equal(insists.code, 3);
    assert.match(insists.stderr, /look\[n=0\] asks for 1 GPU, and no GPU can be used/);
    assert.match(insists.stderr, reason);
  }
});

test('GPUs are looked for only when an instance that is going to run asks for one', async () => {
  await using rig = await Rig.create();
  const gpus = await FakeGpus.create(rig.folder);
  await rig.write('p.yaml', 'stages: {look: {uses: look, with: {text: a}}}\n');
  await rig.with(gpus.environment).pipeline('run', 'p.yaml');
  assert.equal(await gpus.calls(), 0);
  await rig.write('p.yaml', looks(2, '', '{gpu: 1}'));
  await rig.with(gpus.environment).pipeline('run', 'p.yaml');
  assert.equal(await gpus.calls(), 1);
  const again = await rig.with(gpus.environment).pipeline('run', 'p.yaml');
  assert.match(again.stdout, /2 stored already/);
  await rig.with(gpus.environment).pipeline('plan', 'p.yaml');
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
  const program = rig.with(environment).start(['run', 'p.yaml']);
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
  const {stdout} = await rig.with(environment).pipeline('devices');
  assert.match(stdout, /none is used: .* is open to other users\./);
});

test('without nvidia-smi, a card of AMD is a token that one instance holds at a time', async () => {
  await using rig = await Rig.create();
  const {environment} = await FakeGpus.create(rig.folder, 'exit 9');
  const pci = path.join(rig.folder, 'pci');
  await writePciFolders(pci, [
    {address: '0000:c1:00.0', vendor: '0x1002', memoryBytes: 16 * 2 ** 30},
    {address: '0000:00:02.0', vendor: '0x8086'},
  ]);
  const there = rig.with({...environment, PIPELINE_TEST_PCI_FOLDER: pci});
  const {stdout} = await there.pipeline('devices');
  assert.match(stdout, /^gpus {4}gpu:0000:c1:00\.0 {2}AMD GPU 744c {2}16\.0 GiB$/m);
  assert.match(stdout, /0000:00:02\.0 \(Intel GPU 744c\) .* only if --devices names it\.$/m);
  await rig.write('p.yaml', looks(1, '', '{device: 1}'));
  const run = await there.pipeline('run', 'p.yaml');
  assert.equal(run.code, 0, run.stdout);
  assert.deepEqual(await firstDevices(rig), ['gpu:0000:c1:00.0']);
});

test('pipeline devices says what there is and why', async () => {
  await using rig = await Rig.create();
  const {environment} = await FakeGpus.create(rig.folder);
  const {code, stdout} = await rig
    .with(environment)
    .pipeline('devices', '--devices', `0,${FakeGpus.uuid(2)}`);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `slots   2 CPU slots: this machine has 2 cores.
gpus    gpu:0  Fake, Mk 2  79.6 GiB  ${FakeGpus.uuid(0)}
        gpu:${FakeGpus.uuid(2)}  Fake, Mk 2  79.6 GiB
        --devices names 0, ${FakeGpus.uuid(2)}.
        Several GPUs have one name: webgpu tells them apart only with Mesa’s device selection layer (package mesa-vulkan-drivers), and otherwise refuses them; --engine opencl always tells them apart.
`,
  );
  const doctor = await rig.with(environment).pipeline('doctor');
  assert.match(doctor.stdout, /^gpus {4}gpu:0 /m);
  assert.match(doctor.stdout, /^ {8}Several GPUs have one name/m);
});

test('a GPU that no engine can use is told as such, with the reasons and with what computes instead', async () => {
  await using rig = await Rig.create();
  const pci = path.join(rig.folder, 'pci');
  await writePciFolders(pci, [
    {address: '0000:c1:00.0', vendor: '0x1002', memoryBytes: 16 * 2 ** 30},
  ]);
  const {environment} = await FakeGpus.create(rig.folder, 'exit 9');
  const there = rig.with({...environment, PIPELINE_TEST_PCI_FOLDER: pci});
  const note =
    'No engine can use gpu:0000:c1:00.0. Instances that hold it compute on the CPU, by scripted.';
  const lines = (stdout: string): readonly string[] => stdout.trimEnd().split('\n').slice(-3);
  assert.deepEqual(lines((await there.pipeline('devices')).stdout), [
    `        ${note}`,
    '          first: No driver.',
    '          second: No driver.',
  ]);
  const doctor = (await there.pipeline('doctor')).stdout;
  assert.ok(doctor.includes(`        ${note}\nstore `), doctor);
  assert.deepEqual(lines(doctor), [
    'engine  scripted (a fake)',
    '        asked for auto',
    '        measured',
  ]);
  const {notes, engine} = JSON.parse((await there.pipeline('doctor', '--json')).stdout) as {
    readonly notes: unknown;
    readonly engine: object;
  };
  assert.deepEqual(notes, [note]);
  assert.deepEqual(engine, {
    engine: 'scripted (a fake)',
    name: 'scripted',
    why: ['asked for auto', 'measured'],
    trials: [
      {name: 'first', refusal: 'No driver.'},
      {name: 'second', refusal: 'No driver.'},
    ],
  });
  const none = await there.pipeline('doctor', '--devices', 'none');
  assert.doesNotMatch(none.stdout, /No engine can use/);
});

test('--devices chooses among GPUs and invents none', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: look, with: {text: a}, resources: {gpu: 1}}}\n');
  const environment = {PATH: path.dirname(process.execPath)};
  const {code, stderr} = await rig.with(environment).pipeline('run', 'p.yaml', '--devices', '7');
  assert.equal(code, 3, stderr);
  assert.match(stderr, /--devices names 7, but there is no nvidia-smi that would tell/);
  const {stdout} = await rig.with(environment).pipeline('devices', '--devices', '0');
  assert.doesNotMatch(stdout, /gpu:0/);
});

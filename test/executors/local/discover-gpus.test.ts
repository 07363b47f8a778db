import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chooseGpus, discoverGpus} from '../../../src/executors/local/discover-gpus.ts';
import {parseList} from '../../../src/executors/local/nvidia-smi.ts';
import type {PciGpu} from '../../../src/executors/local/pci-gpus.ts';
import {FakeGpus} from '../../support/rigs/fake-gpus.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('a list of tokens ends at the first unknown one; UUIDs may be abbreviated if they stay unique', () => {
  const list = parseList('0, GPU-aa11, A, 1\n1, GPU-aa22, A, 1\n');
  const chosen = (...tokens: readonly string[]): readonly string[] =>
    chooseGpus(tokens, list).gpus.map(({identity}) => identity);
  assert.deepEqual(chosen('1', '0'), ['GPU-aa22', 'GPU-aa11']);
  assert.deepEqual(chosen('GPU-aa1', '1'), ['GPU-aa11', 'GPU-aa22']);
  assert.deepEqual(chosen('GPU-aa', '1'), []);
  assert.deepEqual(chosen('0', '2', '1'), ['GPU-aa11']);
  assert.deepEqual(chosen('0', '-1', '1'), ['GPU-aa11']);
  assert.deepEqual(chosen('0', 'GPU-AA11'), ['GPU-aa11']);
  assert.deepEqual(chooseGpus(['5', 'MIG-1'], {kind: 'absent'}).gpus.length, 2);
  const noted = (...tokens: readonly string[]): unknown => chooseGpus(tokens, list).notes;
  assert.deepEqual(noted('2'), ['The list ends before "2": nvidia-smi lists 0, 1.']);
  assert.deepEqual(noted('GPU-aa'), [
    'The list ends before "GPU-aa": 2 of those that nvidia-smi lists begin with it.',
  ]);
  assert.deepEqual(noted('GPU-b'), [
    'The list ends before "GPU-b": nvidia-smi lists GPU-aa11, GPU-aa22.',
  ]);
});

function amd(address: string, isDedicated = true): PciGpu {
  const pciAddress = address;
  return {token: address, identity: address, name: 'AMD GPU 744c', pciAddress, isDedicated};
}

const cards = [amd('0000:43:00.0'), amd('0000:c1:00.0')];

/** What is found on a machine with cards of AMD, and with an `nvidia-smi` if that is asked for. */
async function discover(
  environment: Readonly<Record<string, string>>,
  {
    asked,
    smi = false,
    others = cards,
  }: {asked?: readonly string[]; smi?: boolean; others?: readonly PciGpu[]} = {},
) {
  await using folder = await TemporaryFolder.create();
  const fake = await FakeGpus.create(folder.path);
  const found = await discoverGpus({
    environment: {...(smi ? fake.environment : {PATH: folder.file('none')}), ...environment},
    hostFolder: {path: folder.file('host')},
    findPciGpus: () => others,
    ...(asked === undefined ? {} : {asked}),
  });
  return {...found, tokens: found.gpus.map(({token}) => token)};
}

test('cards of AMD and Intel are used without nvidia-smi, and beside what it lists', async () => {
  const alone = await discover({});
  assert.deepEqual(alone.tokens, ['0000:43:00.0', '0000:c1:00.0']);
  assert.equal(alone.source, 'sysfs');
  assert.deepEqual(alone.why, ['The system lists 0000:43:00.0, 0000:c1:00.0.']);
  const both = await discover({}, {smi: true});
  assert.deepEqual(both.tokens, ['0', '1', '2', '3', '0000:43:00.0', '0000:c1:00.0']);
});

test('no GPU of any maker is used if CUDA_VISIBLE_DEVICES or --devices says none', async () => {
  for (const variable of ['', '-1']) {
    assert.deepEqual((await discover({CUDA_VISIBLE_DEVICES: variable})).tokens, []);
  }
  assert.deepEqual((await discover({}, {asked: []})).tokens, []);
  assert.deepEqual((await discover({CUDA_VISIBLE_DEVICES: '1'}, {smi: true})).tokens, ['1']);
});

test('--devices names cards of AMD and Intel by PCI addresses', async () => {
  assert.deepEqual((await discover({}, {asked: ['0000:c1:00.0']})).tokens, ['0000:c1:00.0']);
  const mixed = await discover({}, {asked: ['2', '0000:c1:00.0'], smi: true});
  assert.deepEqual(mixed.tokens, ['2', '0000:c1:00.0']);
  const stray = await discover({}, {asked: ['0000:99:00.0']});
  assert.equal(
    stray.fault,
    '--devices names 0000:99:00.0, but the system lists 0000:43:00.0, 0000:c1:00.0.',
  );
});

test('graphics within a processor are used only if they are named', async () => {
  const others = [amd('0000:04:00.0', false)];
  const found = await discover({}, {others});
  assert.deepEqual(found.tokens, []);
  assert.match(found.why.join(' '), /0000:04:00\.0 .* is used only if --devices names it\./);
  const named = await discover({}, {others, asked: ['0000:04:00.0']});
  assert.deepEqual(named.tokens, ['0000:04:00.0']);
});

test('where another variable limits AMD’s cards, none is taken that was not named', async () => {
  const found = await discover({ROCR_VISIBLE_DEVICES: '1'});
  assert.deepEqual(found.tokens, []);
  assert.match(found.why.join(' '), /ROCR_VISIBLE_DEVICES is set/);
});

test('several GPUs on the machine are told from one, whichever may be used', async () => {
  const areSeveral = async (...how: Parameters<typeof discover>) =>
    (await discover(...how)).areSeveral ?? false;
  const [one] = cards;
  assert.equal(await areSeveral({}), true);
  assert.equal(await areSeveral({}, {others: [one!]}), false);
  assert.equal(await areSeveral({}, {asked: [one!.token]}), true);
  assert.equal(await areSeveral({}, {others: [one!], smi: true}), true);
  assert.equal(await areSeveral({CUDA_VISIBLE_DEVICES: '1'}, {others: [], smi: true}), true);
  // Without a list, the named ones are known.
  assert.equal(await areSeveral({CUDA_VISIBLE_DEVICES: '0'}, {others: []}), false);
  assert.equal(await areSeveral({CUDA_VISIBLE_DEVICES: '0,1'}, {others: []}), true);
  assert.equal(await areSeveral({CUDA_VISIBLE_DEVICES: '0'}, {others: [one!]}), true);
});

test('in a Slurm job only the GPUs of CUDA_VISIBLE_DEVICES are used, and without it none is looked for', async () => {
  const job = {SLURM_JOB_ID: '12', SLURM_CLUSTER_NAME: 'ci'};
  const none = await discover(job, {smi: true});
  assert.deepEqual(none.tokens, []);
  assert.deepEqual(none.why, ['Slurm gave no GPU to job 12: CUDA_VISIBLE_DEVICES is not set.']);
  const former = await discover({...job, CUDA_VISIBLE_DEVICES: 'NoDevFiles'}, {smi: true});
  assert.deepEqual(former.tokens, []);
  const given = await discover({...job, CUDA_VISIBLE_DEVICES: '1'}, {smi: true});
  assert.deepEqual(given.tokens, ['1']);
  const asked = await discover(job, {smi: true, asked: ['2']});
  assert.deepEqual(asked.tokens, ['2']);
});

test('two Slurm jobs that each see their GPU as number 0 hold different GPUs', async () => {
  const identities = async (job: string): Promise<readonly string[]> => {
    const found = await discover({SLURM_JOB_ID: job, CUDA_VISIBLE_DEVICES: '0'});
    return found.gpus.map(({identity}) => identity);
  };
  assert.deepEqual(await identities('12'), await identities('12'));
  assert.notDeepEqual(await identities('12'), await identities('13'));
});

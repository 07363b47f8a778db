/** What `plan --on` shows, and `run --on --dry-run`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {LocalBatch} from '../../support/cluster/local-batch.ts';
import {ScriptedPrograms} from '../../support/cluster/scripted-programs.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

const pipeline = `
stages:
  word: {uses: say, matrix: {of: [a, b, c, d, e]}, with: {text: "\${matrix.of}"}}
  joined: {uses: join, inputs: {parts: "word.out[*]"}}
  size: {uses: measure, inputs: {of: joined.out}}
`;

const pools = 'big: {max: 3, cpus: 1, gpus: 1, takes: gpu}\n  small: {max: 2, cpus: 1}';

/** The output without the parts that differ from one call to the next: times in names of runs. */
function steady({stdout}: Finished): string {
  return stdout.replaceAll(/\d{8}-\d{6}\.\d{3}-[0-9a-f]{6}/g, 'RUN');
}

test('plan --on shows members, work, the longest chain, scripts and commands, and writes nothing', async () => {
  await using batch = await LocalBatch.create({}, pools);
  const {rig} = batch;
  await rig.write('p.yaml', pipeline);
  const planned = await rig.pipeline('plan', 'p.yaml', '--on', 'here');
  assert.equal(planned.code, 0, planned.stderr);
  assert.match(planned.stdout, /^run {4}word {2}5 instances$/m);
  assert.match(planned.stdout, /^small {2}2 members for 7 instances, of unknown duration$/m);
  assert.match(planned.stdout, /^ +here cannot tell when the first could start\.$/m);
  assert.doesNotMatch(planned.stdout, /^big /m);
  assert.match(planned.stdout, /^Longest chain: 3 instances.*\n +word\[of=a\] → joined → size$/m);
  assert.match(planned.stdout, /^Each member of small runs\n {2}#!\/bin\/bash\n/m);
  assert.match(planned.stdout, / work \S+ --store \S+\/artifacts --pool small /);
  const command = `  ${batch.program} submit `;
  assert.ok(planned.stdout.includes(command), planned.stdout);
  assert.match(planned.stdout, /\/member-small\.sh 2 distillery-\S+\n$/);
  assert.deepEqual([await batch.calls(), await rig.stored('.')], [[], []]);
  const dry = await rig.pipeline('run', 'p.yaml', '--on', 'here', '--dry-run');
  assert.deepEqual([dry.code, steady(dry)], [0, steady(planned)]);
});

test('plan --on --json tells programs the same', async () => {
  await using batch = await LocalBatch.create({}, pools);
  const {rig} = batch;
  await rig.write('p.yaml', pipeline);
  const {code, stdout} = await rig.pipeline('plan', 'p.yaml', '--on', 'here', '--json');
  assert.equal(code, 0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as {instance?: string});
  assert.deepEqual(
    lines.flatMap(({instance}) => instance ?? []),
    ['word[of=a]', 'word[of=b]', 'word[of=c]', 'word[of=d]', 'word[of=e]', 'joined', 'size'],
  );
  const {total} = lines.at(-1) as {total: Record<string, unknown>};
  const {pools: asked, chain, run, unknown} = total;
  assert.deepEqual([run, unknown], [7, 7]);
  assert.deepEqual(chain, {instances: ['word[of=a]', 'joined', 'size'], seconds: 0, unknown: 3});
  const [first, ...others] = asked as Record<string, unknown>[];
  assert.deepEqual(others, []);
  const {script, command, start, ...numbers} = first!;
  assert.deepEqual(numbers, {
    pool: 'small',
    members: 2,
    instances: 7,
    unknown: 7,
    seconds: 0,
    gpuSeconds: 0,
  });
  assert.match(script as string, /^#!\/bin\/bash\n/);
  assert.equal((command as string[])[0], batch.program);
  assert.match(start as string, /cannot tell/);
});

test('plan --on says that nothing would be submitted if everything is stored', async () => {
  await using batch = await LocalBatch.create({}, pools);
  const {rig} = batch;
  await rig.write('p.yaml', pipeline);
  await rig.pipeline('run', 'p.yaml');
  const runs = await rig.runs();
  for (const words of [['plan'], ['run', '--dry-run']]) {
    const planned = await rig.pipeline(...words, 'p.yaml', '--on', 'here');
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(
      planned.stdout,
      /^7 hit, 0 run, 0 maybe\.\nEverything is stored: nothing would be submitted\.\n$/m,
    );
  }
  assert.deepEqual(await rig.runs(), runs);
  assert.deepEqual(await batch.calls(), []);
});

test('what no pool can give is told as run tells it', async () => {
  await using batch = await LocalBatch.create({}, pools);
  const {rig} = batch;
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}, resources: {gpu: 2}}}\n');
  const ran = await rig.pipeline('run', 'p.yaml', '--on', 'here');
  const planned = await rig.pipeline('plan', 'p.yaml', '--on', 'here');
  assert.equal(planned.code, 3);
  assert.match(planned.stderr, /p\.yaml:1:/);
  assert.deepEqual(planned, ran);
});

test('only variables that are passed on and set are asked to be given to members', async () => {
  await using rig = await Rig.create({TOKEN: 'secret', EPOCHS: '7'});
  const {environment} = await ScriptedPrograms.create(rig.folder, {sbatch: 'exit 1'});
  await rig.write('clusters/hpc.yaml', 'kind: slurm\npools: {any: {max: 1}}\n');
  for (const [stage, asked] of [
    ['env: {EPOCHS: 5}, environment: [HOST_OF_LAB, OTHER=1]', 'NIL'],
    ['env: {EPOCHS: 5}, environment: [TOKEN]', 'TOKEN'],
  ]) {
    await rig.write(
      'p.yaml',
      `stages: {a: {run: [touch, "\${outputs.out}"], ${stage}, outputs: {out: text}}}\n`,
    );
    const planned = await rig.with(environment).pipeline('plan', 'p.yaml', '--on', 'hpc');
    assert.equal(planned.code, 0, planned.stderr);
    assert.deepEqual(/^ +sbatch .* --export=(\S+) /m.exec(planned.stdout)?.slice(1), [asked]);
  }
});

import assert from 'node:assert/strict';
import {mkdir, readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {TensorToSave} from '../../../src/formats/pytorch/pickler.ts';
import {writePt} from '../../../src/formats/pytorch/write-pt.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

/** Runs the program with the real stage types and a tiny data set. */
async function pipeline(rig: Rig, ...args: readonly string[]): Promise<Finished> {
  return await rig.pipeline(...args);
}

test('a folder of experts becomes a pipeline that distils them, in the order of their numbers', async () => {
  await using rig = await Rig.create({PIPELINE_TEST_STAGES: 'tiny-download'});
  await mkdir(path.join(rig.folder, 'experts'));
  for (const name of ['replay_buffer_10.pt', 'replay_buffer_2.pt', 'other.pt']) {
    await rig.write(`experts/${name}`, name);
  }
  const given = ['import', 'buffers', 'experts', '--dataset', 'mnist', '--model', 'ConvNetD3'];
  const written = await pipeline(rig, ...given, '--no-run');
  assert.equal(written.code, 0, written.stderr);
  assert.match(
    written.stdout,
    /^Wrote imported\.yaml\. To run all of it: .* run imported\.yaml\n$/,
  );
  const text = await rig.read('imported.yaml');
  assert.match(
    text,
    /files:\n +- "\.\/experts\/replay_buffer_2\.pt"\n +- "\.\/experts\/replay_buffer_10\.pt"\n/,
  );
  assert.match(text, /method: zca/);
  const planned = await pipeline(rig, 'plan', 'imported.yaml');
  assert.match(
    planned.stdout,
    /imported[^]*distilled[^]*random[^]*scores[^]*table/,
    planned.stderr,
  );
  // `import` replaces a file that it wrote itself, but not one that was edited since.
  const again = await pipeline(rig, ...given.slice(0, -1), 'ConvNetD4', '--no-run', '--json');
  assert.deepEqual(JSON.parse(again.stdout), {
    pipeline: 'imported.yaml',
    files: ['imported.yaml'],
    command: 'pipeline run imported.yaml',
    run: null,
  });
  const wrong = await pipeline(rig, ...given.slice(0, -1), 'ConfNet', '--no-run');
  assert.equal(wrong.code, 3);
  const other = await rig.read('imported.yaml');
  assert.match(other, /model: "ConvNetD4"/);
  await rig.write('imported.yaml', other.replace('ipc: 1', 'ipc: 2'));
  const changed = await pipeline(rig, ...given, '--no-run');
  assert.deepEqual(
    [changed.code, changed.stderr],
    [
      2,
      'imported.yaml is there already, and not as `import` wrote it: `--output` gives another name.\n',
    ],
  );
  assert.match(await rig.read('imported.yaml'), /ipc: 2/);
});

test('a data set without a usual place has its source and classes in the pipeline', async () => {
  await using rig = await Rig.create({PIPELINE_TEST_STAGES: 'tiny-download'});
  await rig.write('replay_buffer_0.pt', '');
  const given = ['import', 'buffers', '.', '--model', 'ConvNetD5', '--no-zca', '--no-run'];
  const source = ['--dataset', 'imagenet', '--source', 'file:///data/ILSVRC2012', '--classes'];
  for (const [classes, written] of [
    ['imagemeow', '"imagemeow"'],
    ['n01440764,n02102040', '["n01440764", "n02102040"]'],
  ] as const) {
    const file = `${classes.length}.yaml`;
    const {code, stderr} = await pipeline(rig, ...given, ...source, classes, '-o', file);
    assert.equal(code, 0, stderr);
    const text = await rig.read(file);
    assert.ok(
      text.includes(
        `with: {dataset: "imagenet", source: "file:///data/ILSVRC2012", classes: ${written}}`,
      ),
      text,
    );
    assert.equal((await pipeline(rig, 'validate', file)).code, 0);
  }
});

test('a synthetic set is taken in at once; what is no PyTorch file is named before anything is written', async () => {
  await using rig = await Rig.create({PIPELINE_TEST_STAGES: 'tiny-download'});
  const images = new Float32Array(4 * 3 * 8 * 8).fill(0.5);
  const save = async (name: string, tensor: TensorToSave<Float32Array | BigInt64Array>) =>
    writePt(path.join(rig.folder, name), tensor, (source) => source);
  await save('im.pt', new TensorToSave({dtype: 'F32', shape: [4, 3, 8, 8], source: images}));
  const labels = BigInt64Array.of(1n, 0n, 1n, 0n);
  await save('lab.pt', new TensorToSave({dtype: 'I64', shape: [4], source: labels}));
  const given = [
    'import',
    'synthetic',
    'lab.pt',
    'im.pt',
    '--dataset',
    'images',
    '--source',
    'file:///data',
    '--no-zca',
    '--step-size',
    '0.02',
  ];
  const done = await pipeline(rig, ...given, '-o', 'set.yaml', '--store', 'results', '--json');
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(done.stderr, /^[^{]*imported[^]*Done in /);
  const {run, ...answer} = JSON.parse(done.stdout) as {run: Record<string, unknown>};
  assert.deepEqual(answer, {
    pipeline: 'set.yaml',
    files: ['set.yaml'],
    command: 'pipeline run set.yaml --store results',
  });
  assert.deepEqual([run['outcome'], run['pipeline']], ['ok', 'set.yaml']);
  const text = await rig.read('set.yaml');
  assert.match(text, /method: standardise/);
  assert.match(text, /with: \{stepSize: 0\.02\}/);
  // `import` tells images and labels apart by their contents.
  assert.match(text, /images:\n +- "\.\/im\.pt"\n +labels:\n +- "\.\/lab\.pt"\n/);
  const shown = await pipeline(rig, 'show', 'imported.synthetic', '--json', '--store', 'results');
  assert.match(shown.stdout, /"media": "synthetic"/, shown.stderr);

  // Soft labels and the step size are told by their contents, too.
  const soft = Float32Array.of(0, 3, 2, 1, 0, 1, 5, 4);
  await save('soft.pt', new TensorToSave({dtype: 'F32', shape: [4, 2], source: soft}));
  await save('rate.pt', new TensorToSave({dtype: 'F32', shape: [], source: Float32Array.of(0.25)}));
  const softly = ['import', 'synthetic', 'rate.pt', 'soft.pt', 'im.pt', ...given.slice(4, -2)];
  const softDone = await pipeline(rig, ...softly, '-o', 'soft.yaml', '--store', 'results');
  assert.equal(softDone.code, 0, softDone.stdout + softDone.stderr);
  assert.match(
    await rig.read('soft.yaml'),
    /labels:\n +- "\.\/soft\.pt"\n +stepSize: "\.\/rate\.pt"\n/,
  );
  const softShown = await pipeline(rig, 'show', 'imported.synthetic', '--store', 'results');
  assert.match(softShown.stdout, /label_logits +F32 +4×2/, softShown.stdout);

  // The images of mnist are known by their name, so that nothing is downloaded and whitened before the shapes are compared.
  const digits = [
    'import',
    'synthetic',
    'lab.pt',
    'im.pt',
    '--dataset',
    'mnist',
    '-o',
    'digits.yaml',
  ];
  const misshapen = await pipeline(rig, ...digits, '--step-size', '0.02');
  assert.deepEqual(
    [misshapen.code, misshapen.stdout, misshapen.stderr],
    [2, '', 'im.pt: its images must be [n, 1, 28, 28] for mnist, got [4, 3, 8, 8].\n'],
  );
  await assert.rejects(rig.read('digits.yaml'), {code: 'ENOENT'});

  await rig.write('a.pt', 'no file of PyTorch');
  const wrong = [
    'import',
    'buffers',
    'a.pt',
    '--dataset',
    'mnist',
    '--model',
    'ConvNet',
    '--no-zca',
  ];
  const failed = await pipeline(rig, ...wrong, '--store', 'results');
  assert.equal(failed.code, 2);
  assert.match(failed.stderr, /^a\.pt: not a PyTorch file/);
  await assert.rejects(rig.read('imported.yaml'), {code: 'ENOENT'});
});

test('mistakes are reported, and leave no pipeline file', async () => {
  await using rig = await Rig.create({PIPELINE_TEST_STAGES: 'tiny-download'});
  await rig.write('a.pt', 'a');
  await mkdir(path.join(rig.folder, 'empty'));
  const refused = async (
    code: number,
    message: RegExp,
    ...args: readonly string[]
  ): Promise<void> => {
    const {code: status, stderr} = await pipeline(rig, 'import', ...args);
    assert.equal(status, code, stderr);
    assert.match(stderr, message);
  };
  const known = ['--dataset', 'mnist', '--model', 'ConvNet'];
  await refused(2, /There is no file b\.pt\./, 'buffers', 'b.pt', ...known);
  await refused(2, /The folder empty has no replay_buffer_0\.pt/, 'buffers', 'empty', ...known);
  await refused(2, /The folder empty has no images_best\.pt/, 'synthetic', 'empty', ...known);
  await refused(
    2,
    /^--output: set\.txt must end in \.yaml or \.yml\./,
    'synthetic',
    'a.pt',
    ...known,
    '-o',
    'set.txt',
  );
  await refused(2, /required option '--dataset <name>' not specified/, 'synthetic', 'a.pt');
  await rig.write('labels.pt', 'a');
  const message =
    /do not hold the learned step size: give it by --step-size, or the file lr_best\.pt\./;
  await refused(2, message, 'synthetic', 'a.pt', 'labels.pt', ...known);
  const buffers = ['buffers', 'a.pt', '--model', 'ConvNet', '--dataset'];
  await refused(
    3,
    /^command line:1:11 error bad-value: .*\n {2}--dataset cifr10\n {12}~+\n {2}did you mean "cifar10"\?/,
    ...buffers,
    'cifr10',
  );
  const misspelt = ['buffers', 'a.pt', '--dataset', 'mnist', '--model', 'ConfNet', '--json'];
  const told = await pipeline(rig, 'import', ...misspelt);
  const {diagnostics} = JSON.parse(told.stdout) as {diagnostics: readonly object[]};
  assert.deepEqual([told.code, told.stderr, diagnostics.length], [3, '', 1]);
  const {code, argument, line, column, suggestion} = diagnostics[0] as Record<string, unknown>;
  assert.deepEqual(
    [code, argument, line, column, suggestion],
    ['bad-value', '--model ConfNet', 1, 9, '"ConvNet"'],
  );
  const deep = /^command line:1:9 error misfit: ConvNetD8 is too deep .*\n {2}--model ConvNetD8\n/;
  await refused(3, deep, 'buffers', 'a.pt', '--dataset', 'mnist', '--model', 'ConvNetD8');
  const bucket = ['mnist', '--source', 's3://bucket/mnist'];
  await refused(3, /\n {2}--source s3:.*\n.*\n {2}did you mean .https:/, ...buffers, ...bucket);
  const cats = ['imagenet', '--source', 'file:///data', '--classes', 'imagemeov'];
  await refused(
    3,
    /\n {2}--classes imagemeov\n.*\n {2}did you mean .?imagemeow/,
    ...buffers,
    ...cats,
  );
  const size = ['synthetic', 'a.pt', ...known, '--step-size'];
  await refused(
    2,
    /'--step-size <number>' argument 'small' is invalid. It must be a number/,
    ...size,
    'small',
  );
  await refused(3, /\n {2}--step-size -1\n/, ...size, '-1');
  assert.deepEqual((await readdir(rig.folder)).sort(), ['a.pt', 'empty', 'labels.pt']);
});

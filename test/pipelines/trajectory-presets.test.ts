import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {pathToFileURL} from 'node:url';
import {test} from 'node:test';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import type {Instance} from '../../src/pipeline/graph/instance.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {writePictures} from '../support/data/small-pictures.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** The published settings of distillation, beside M = 2 and whitened images; and how experts are trained. */
const published: Readonly<Record<string, readonly [distilled: object, flat: object | undefined]>> =
  {
    'ftd/cifar10-ipc10.yaml': [
      {
        steps: 30,
        maxStartEpoch: 20,
        iterations: 5000,
        pixelRate: 100,
        stepSize: 0.001,
        stepSizeRate: 1e-5,
        average: 0.9995,
      },
      {rho: 0.01, alpha: 0.4, adaptive: true},
    ],
    'ftd/cifar100-ipc10.yaml': [
      {
        steps: 20,
        maxStartEpoch: 40,
        iterations: 5000,
        pixelRate: 1000,
        stepSize: 0.01,
        stepSizeRate: 1e-5,
        average: 0.9995,
      },
      {rho: 0.01, alpha: 0.4, adaptive: true},
    ],
    'att/cifar10-ipc10.yaml': [
      {
        steps: 30,
        maxStartEpoch: 20,
        iterations: 60_000,
        pixelRate: 10_000,
        stepSize: 0.01,
        stepSizeRate: 1e-4,
        average: 0.999,
        bestStep: true,
      },
      undefined,
    ],
  };

async function instancesOf(
  preset: string,
  set: readonly string[] = [],
): Promise<readonly Instance[]> {
  const loaded = await loadPipeline({file: repositoryFile(`pipelines/${preset}`), registry, set});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  assert.deepEqual(loaded.warnings, []);
  return [...loaded.graph.instances.values()];
}

for (const [preset, [settings, flat]] of Object.entries(published)) {
  test(`${preset} has the published settings, and experts that go as far as is read`, async () => {
    const all = await instancesOf(preset);
    const paramsOf = (type: string): Instance['params'] =>
      all.find((instance) => instance.type.contract.type === type)!.params;
    const {params, inputs} = all.find(({type}) => type.contract.type === 'distill')!;
    assert.ok(inputs['start'] === undefined || inputs['start'].length === 0);
    const expected = {expertEpochs: 2, ipc: 10, ...settings};
    const found = Object.keys(expected).map((name) => [name, params[name]]);
    assert.deepEqual(Object.fromEntries(found), expected);
    assert.equal(params['bestStep'], 'bestStep' in settings ? true : undefined);
    assert.equal(paramsOf('zca')['method'], 'zca');
    assert.equal(paramsOf('train-expert')['epochs'], Number(params['maxStartEpoch']) + 1);
    assert.deepEqual(paramsOf('train-expert')['flat'], flat);
    const judged = all.find(({id}) => id.startsWith('scores'))!.inputs['synthetic']!;
    assert.deepEqual(
      judged.map(({instance, output}) => `${instance}.${output}`),
      ['distilled.average'],
    );
  });

  test(`${preset} runs whole in small, on pictures of one’s own`, async () => {
    assert.ok((await instancesOf(preset, ['scale=smoke'])).length < 20);
    await using place = await TemporaryFolder.create();
    await writePictures(place.file('pictures'));
    const source = pathToFileURL(place.file('pictures')).href;
    const set = ['scale=smoke', 'dataset=images', `source=[${source}]`];
    const run = spawnSync(
      process.execPath,
      [
        repositoryFile('dist/bundle/src/cli/main.js'),
        'run',
        repositoryFile(`pipelines/${preset}`),
        ...set.flatMap((one) => ['--set', one]),
      ],
      {cwd: place.path, encoding: 'utf8'},
    );
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /\| model .*distilled \|.*random \|/);
  });
}

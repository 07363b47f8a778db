import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import type {Instance} from '../../src/pipeline/graph/instance.ts';
import {registry} from '../../stages/registry.ts';
import {loopsOf} from '../../stages/match-gradients/loops.ts';
import {askedRecipe, protocolText, type GivenRecipe} from '../../stages/shared/protocols.ts';
import {writeOfficialLayouts} from '../support/data/official-layouts.ts';
import {Rig} from '../support/program/rig.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const methods = ['dc', 'dsa', 'dm'] as const;
const datasets = ['cifar10', 'cifar100', 'fashion-mnist', 'mnist', 'svhn'] as const;

function fileOf(method: string, dataset: string): string {
  return path.join(repositoryFile('pipelines'), method, `${dataset}.yaml`);
}

async function instancesOf(
  file: string,
  set: readonly string[] = [],
): Promise<readonly Instance[]> {
  const loaded = await loadPipeline({file, registry, set});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  assert.deepEqual(loaded.warnings, []);
  return [...loaded.graph.instances.values()];
}

function ofType(all: readonly Instance[], ...types: readonly string[]): readonly Instance[] {
  return all.filter(({type}) => types.includes(type.contract.type));
}

const dsa = 'color_crop_cutout_flip_scale_rotate';
const digits = 'color_crop_cutout_scale_rotate';

test('there is a preset for every method and data set', async () => {
  for (const method of methods) {
    const files = (await readdir(repositoryFile(`pipelines/${method}`))).sort();
    assert.deepEqual(
      files,
      datasets.map((dataset) => `${dataset}.yaml`),
    );
  }
});

for (const method of methods) {
  for (const dataset of datasets) {
    test(`${method}/${dataset}.yaml has the published settings, and its networks ask for devices`, async () => {
      const all = await instancesOf(fileOf(method, dataset), ['ipc=10']);
      const sets = ofType(all, 'match-gradients', 'match-distributions');
      assert.equal(sets.length, 5);
      const {params} = sets[0]!;
      const strategy = ['mnist', 'svhn'].includes(dataset) ? digits : dsa;
      assert.equal(params['augmentation'], method === 'dc' ? 'none' : strategy);
      assert.equal(params['init'], method === 'dc' ? 'noise' : 'real');
      assert.deepEqual(
        [params['ipc'], params['realBatch'], params['momentum'], params['pixelRate']],
        [10, 256, 0.5, method === 'dm' ? 1 : 0.1],
      );
      if (method === 'dm') assert.equal(params['iterations'], 20_000);
      else {
        const {networks, batch, learningRate, distance} = params;
        assert.deepEqual([networks, batch, learningRate, distance], [1000, 256, 0.01, 'ours']);
        assert.deepEqual(loopsOf({ipc: 10}).outerSteps, 10);
      }
      const scores = ofType(all, 'evaluate');
      assert.equal(scores.length, 10);
      const isShort = method === 'dc' && dataset !== 'mnist';
      const own = method === 'dc' && dataset === 'mnist' ? 'dc:crop_scale_rotate' : 'none';
      const of = {model: 'ConvNetD3', dataset};
      for (const {params: asked} of scores) {
        const given: GivenRecipe = asked;
        assert.deepEqual(askedRecipe(given, of), {
          learningRate: 0.01,
          momentum: 0.9,
          weightDecay: 5e-4,
          batch: 256,
          schedule: 'tenfold-drop',
          epochs: isShort ? 300 : 1000,
          augmentation: method === 'dc' ? own : strategy,
          augmentationMode: 'S',
          trials: method === 'dm' ? 5 : 20,
          labels: 'hard',
        });
        // Nothing of the protocol is changed.
        assert.equal(protocolText(given, of), method === 'dc' ? 'dc' : 'dsa');
      }
      for (const {id, resources} of [...sets, ...scores]) assert.equal(resources.device, 1, id);
      // The one that is run below has the same graph in small.
      const small = await instancesOf(fileOf(method, dataset), ['scale=smoke']);
      const run = await instancesOf(fileOf(method, 'cifar10'), ['scale=smoke']);
      assert.deepEqual(wiringOf(small), wiringOf(run));
    });
  }
}

/** The types and inputs of instances, without their parameters. */
function wiringOf(all: readonly Instance[]): unknown {
  return all.map(({id, type, inputs}) => ({
    id,
    type: type.contract.type,
    inputs: Object.entries(inputs).map(([name, sources]) => [
      name,
      sources.map(({instance, output}) => `${instance}.${output}`),
    ]),
  }));
}

let place: TemporaryFolder;
before(async () => {
  place = await TemporaryFolder.createInMemory();
  await writeOfficialLayouts(place.path);
});
after(async () => place[Symbol.asyncDispose]());

for (const method of methods) {
  test(`${method}/cifar10.yaml runs whole in small, on CIFAR-10 as it is given out`, () => {
    const source = `source=[${pathToFileURL(place.path).href}]`;
    const set = ['scale=smoke', 'ipc=2', source].flatMap((one) => ['--set', one]);
    const {status, stdout, stderr} = spawnSync(
      process.execPath,
      [Rig.program, 'run', fileOf(method, 'cifar10'), '--store', place.file('store'), ...set],
      {
        cwd: place.path,
        encoding: 'utf8',
        env: {...process.env, CUDA_VISIBLE_DEVICES: '', PIPELINE_TEST_STAGES: 'small-downloads'},
      },
    );
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`${method.toUpperCase()} \\|.*random \\|`));
    assert.match(stdout, /\| ConvNetD3W8 \|.*\(1\) \|/);
  });
}

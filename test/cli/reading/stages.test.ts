import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stageTypeText} from '../../../src/report/text/stage-type-text.ts';
import {Rig} from '../../support/program/rig.ts';
import {testRegistry} from '../../support/registries/test-registry.ts';

test('stages lists what uses may name, a line each', async () => {
  await using rig = await Rig.create();
  const {code, stdout} = await rig.pipeline('stages');
  assert.equal(code, 0);
  assert.match(stdout, /^say {6}writes a text$/m);
  assert.match(stdout, /^measure {2}measures a text$/m);
});

test('every network that there is stands in the list of a stage type, its families in a line', async () => {
  const {registry} = await import('../../../stages/registry.ts');
  const {networkNames} = await import('../../../stages/shared/network-names.ts');
  const text = stageTypeText(registry.get('train-expert')!.contract);
  assert.match(
    text,
    /^ {2}model: a network: ConvNet, ConvNetD1 … D8 \(depth\), .*; must be given$/m,
  );
  const words = new Set(text.split(/\s+/));
  assert.deepEqual(
    networkNames.filter((name) => !words.has(name)),
    [],
  );
});

test('stages TYPE tells parameters with type, default and meaning, inputs and outputs', () => {
  assert.equal(
    stageTypeText(testRegistry.get('join')!.contract),
    `join, version 1
Puts trajectories together.

Inputs
  trajectories: any number of trajectory
      the trajectories
  dataset: dataset; may be left out
      what they were trained on

Outputs
  buffers: any number of buffer
      shards of trajectories
`,
  );
  const text = stageTypeText(testRegistry.get('train')!.contract);
  assert.match(
    text,
    /^ {2}model: "ConvNetD3", "ResNet18" or "VGG11"; must be given\n {6}Which network$/m,
  );
  assert.match(text, /^ {2}rate: a number > 0 and ≤ 1; 0\.01 unless given$/m);
  assert.match(text, /^ {2}augment: a mapping with `crop`, `flip`; \{\} unless given$/m);
});

test('--json prints contracts, and an unknown type gets a suggestion', async () => {
  await using rig = await Rig.create();
  const all = JSON.parse((await rig.pipeline('stages', '--json')).stdout) as {type: string}[];
  assert.ok(all.some(({type}) => type === 'churn'));
  const one = JSON.parse((await rig.pipeline('stages', 'say', '--json')).stdout) as {
    readonly params: Readonly<Record<string, unknown>>;
  };
  assert.deepEqual(one.params['text'], {type: 'string', description: 'the text'});
  const {code, stderr} = await rig.pipeline('stages', 'mesure');
  assert.equal(code, 2);
  assert.match(stderr, /There is no stage type "mesure"; [^]*did you mean `measure`\?/);
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defineContract} from '../../src/contract/contract.ts';
import type {MediaDefinition} from '../../src/contract/media.ts';
import {defineStageType, mediaOf, registryOf} from '../../src/contract/registry.ts';

const sound: MediaDefinition = {
  name: 'sound',
  extension: 'bin',
  container: 'bytes',
  summary: 'a sound',
};

function typeOf(type: string, output: string, media: readonly MediaDefinition[]) {
  const contract = defineContract({
    type,
    version: 1,
    summary: 'does nothing',
    media,
    params: {},
    inputs: {},
    outputs: {out: {media: output, summary: 'nothing'}},
  });
  return defineStageType(contract, () => Promise.resolve());
}

test('the media are the common ones and those that contracts declare, once or twice alike', () => {
  const described = {...sound, summary: 'a noise'};
  const types = [typeOf('sing', 'sound', [sound]), typeOf('hum', 'json', [described])];
  const media = mediaOf(registryOf(types));
  assert.equal(media.get('sound')?.container, 'bytes');
  assert.equal(media.get('json')?.extension, 'json');
});

test('a media that two contracts declare otherwise, or none, is a bug of the stage types', () => {
  const other = {...sound, container: 'text'} as const;
  const two = [typeOf('sing', 'sound', [sound]), typeOf('speak', 'sound', [other])];
  assert.throws(() => mediaOf(registryOf(two)), /sound is not the same everywhere: sing, speak\./);
  const common = [typeOf('tell', 'json', [{...sound, name: 'json'}])];
  assert.throws(() => mediaOf(registryOf(common)), /json is not the same everywhere: tell\./);
  const none = [typeOf('sing', 'sound', [])];
  assert.throws(() => mediaOf(registryOf(none)), /No contract declares the media sound of sing\./);
});

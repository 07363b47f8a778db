import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Engine} from '../../../src/tensor/engine.ts';
import {startOpenClEngine} from '../../../src/tensor/engines/opencl/start-opencl-engine.ts';
import {startTfjsEngine} from '../../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {startWasmEngine} from '../../../src/tensor/engines/wasm/wasm-engine.ts';
import {checkFolder} from '../../reference/check.ts';
import {unlessUnavailable} from './gpu/software-gpu.ts';
import {repositoryFile} from '../texts/repository.ts';

interface CheckedEngine {
  /** Gives the reason if the engine does not work on this machine. */
  readonly start: () => Engine | string | Promise<Engine | string>;
  readonly isWanted: (model: unknown, file: string) => boolean;
}

/** The engines whose numbers are compared with PyTorch's, in the form that rounds least. */
const engines: Readonly<Record<string, CheckedEngine>> = {
  // A deep network takes up to twenty seconds, and has the layers of the shallow ones. Their layers are in `models.json`,
  // and so the way back through several steps is followed for the plain networks alone, with up to two blocks.
  tfjs: {
    start: startTfjsEngine,
    isWanted: (model, file) =>
      ['mtt.json', 'schedule.json', 'soft.json'].includes(file)
        ? [undefined, 'ConvNetD2', 'MLP'].includes(model as string | undefined)
        : !/^(ResNet|VGG)/.test(String(model)),
  },
  wasm: {
    start: () => startWasmEngine({threads: 2, fused: false, tile: 2}),
    isWanted: () => true,
  },
  // Software compiles each of its kernels for half a second; `npm run reference` checks all cases on a GPU.
  'opencl-precise': {
    start: () =>
      unlessUnavailable(async () => (await startOpenClEngine({software: true, tile: 2})).engine),
    isWanted: (_, file) => file === 'dsa.json',
  },
};

/** On every engine, a test for every case of a reference file. */
export async function referenceTests(file: string): Promise<void> {
  const folder = repositoryFile('test/fixtures/reference');
  for (const [name, {start, isWanted}] of Object.entries(engines)) {
    const engine = await start();
    if (typeof engine === 'string') {
      test(`${name} agrees with ${file}`, {skip: engine}, () => undefined);
      continue;
    }
    const results = checkFolder(engine, folder, [file], (model) => isWanted(model, file));
    for await (const {title, worst, passed} of results) {
      test(`${name}: ${title} agrees with the reference`, () => {
        assert.ok(passed, `${worst.what} is off by ${worst.error}, allowed ${worst.tolerance}`);
      });
    }
  }
}

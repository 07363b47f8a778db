import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Engine} from '../../../src/tensor/engine.ts';
import {startTfjsEngine} from '../../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {startWasmEngine} from '../../../src/tensor/engines/wasm/wasm-engine.ts';
import {checkFolder} from '../../reference/check.ts';
import {repositoryFile} from '../texts/repository.ts';

/** The engines whose numbers are compared with PyTorch's, with their smallest rounding errors. */
const engines: Readonly<Record<string, () => Engine | Promise<Engine>>> = {
  tfjs: startTfjsEngine,
  wasm: () => startWasmEngine({threads: 2, fused: false, tile: 2}),
};

/** Defines a test for every case of a reference file, on every engine. */
export async function referenceTests(file: string): Promise<void> {
  const folder = repositoryFile('test/fixtures/reference');
  for (const [name, start] of Object.entries(engines)) {
    for await (const {title, worst, passed} of checkFolder(await start(), folder, [file])) {
      test(`${name}: ${title} agrees with the reference`, () => {
        assert.ok(passed, `${worst.what} is off by ${worst.error}, allowed ${worst.tolerance}`);
      });
    }
  }
}

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {startTfjsEngine} from '../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {checkFolder} from '../reference/check.ts';
import {repositoryFile} from './repository.ts';

/** A test for every case of a reference file. */
export async function referenceTests(file: string): Promise<void> {
  const engine = await startTfjsEngine();
  const folder = repositoryFile('test/fixtures/reference');
  for await (const {title, worst, passed} of checkFolder(engine, folder, [file])) {
    test(`${title} agrees with the reference`, () => {
      assert.ok(passed, `${worst.what} is off by ${worst.error}, allowed ${worst.tolerance}`);
    });
  }
}

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {UnavailableError} from '../../../src/tensor/engines/gpu/errors.ts';
import {startNativeTfjsEngine} from '../../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {engineSuite} from '../../support/engines/engine-suite.ts';

const problem = await startNativeTfjsEngine().then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  },
);
if (problem === undefined) {
  engineSuite('tfjs on native TensorFlow', () => startNativeTfjsEngine());
} else {
  // A test under CI may be skipped for this reason too: not every network lets the library through.
  const skip = `${problem} Under CI this may be so, too: the package downloads a native library when it is installed.`;
  test('native TensorFlow passes the tests of every engine', {skip});
}

test('without a native package, the native engine says what was tried and what to install', async () => {
  const importer = async (name: string): Promise<unknown> => {
    if (name.endsWith('gpu')) throw new Error('libcudart.so.11: cannot open shared object file');
    throw Object.assign(new Error(`Cannot find package '${name}'`), {code: 'ERR_MODULE_NOT_FOUND'});
  };
  await assert.rejects(startNativeTfjsEngine(importer), {
    name: 'UnavailableError',
    message:
      'Native TensorFlow does not work here (@tensorflow/tfjs-node-gpu: does not work here (libcudart.so.11: cannot open shared object file); @tensorflow/tfjs-node: not installed): `npm install --no-save @tensorflow/tfjs-node-gpu` in the folder of your project.',
  });
});

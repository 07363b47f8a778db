import assert from 'node:assert/strict';
import {test} from 'node:test';
import {UnavailableError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {checkAdapter} from '../../../../src/tensor/engines/webgpu/choose-adapter.ts';
import {loadDawn} from '../../../../src/tensor/engines/webgpu/dawn.ts';

/** What a user is told when the import of `webgpu` fails like this. */
async function told(message: string, code?: string): Promise<string> {
  const failing = (): Promise<unknown> => Promise.reject(Object.assign(new Error(message), {code}));
  // No other test asks for this name, so nothing is remembered.
  const error: unknown = await loadDawn('nothing', failing).catch((reason: unknown) => reason);
  assert.ok(error instanceof UnavailableError);
  return error.message;
}

test('a missing package is named with the line that installs it', async () => {
  const message = await told("Cannot find package 'webgpu'", 'ERR_MODULE_NOT_FOUND');
  assert.match(message, /is not installed: `npm install webgpu@0.6`/);
});

test('a package that does not load says why: an old system, another system, or its own words', async () => {
  const old =
    "/lib64/libc.so.6: version `GLIBC_2.34' not found (required by /app/node_modules/webgpu/dist/linux-x64/dawn.node)";
  assert.match(await told(old, 'ERR_DLOPEN_FAILED'), /needs GLIBC 2\.34: .*Ubuntu 22\.04/);
  assert.match(await told("Cannot find module 'dawn.node'", 'MODULE_NOT_FOUND'), /no program for /);
  assert.match(await told('libm is broken\nstack', 'ERR_DLOPEN_FAILED'), /here: libm is broken$/);
});

const facts = {vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false};

test('an adapter that is software by its own account or by its name is refused unless asked for', () => {
  for (const info of [
    {...facts, isFallbackAdapter: true},
    {...facts, description: 'llvmpipe: Mesa 25.0.7'},
    {...facts, device: 'SwiftShader Device'},
  ]) {
    assert.throws(() => checkAdapter({info}, {software: false}), UnavailableError);
    assert.deepEqual(checkAdapter({info}, {software: true}), {info});
  }
  const gpu = {info: {...facts, vendor: 'nvidia', description: 'NVIDIA H100 80GB HBM3'}};
  assert.deepEqual(checkAdapter(gpu, {software: false}), gpu);
  assert.throws(() => checkAdapter(null, {software: true}), /finds no GPU here/);
});

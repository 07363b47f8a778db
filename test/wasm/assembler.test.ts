import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {FunctionBody, moduleOf} from '../../src/wasm/assembler.ts';

/**
 * Runs functions that take an address on a memory; gives the memory. The imported functions differ in what they add.
 */
function run(bodies: readonly Uint8Array[], address = 0): Float32Array {
  const memory = new WebAssembly.Memory({initial: 1, maximum: 65_536, shared: true});
  const module = new WebAssembly.Module(
    moduleOf(
      bodies.map((body, i) => [String(i), body] as const),
      {parameters: 1, isShared: true, imported: ['exp', 'log', 'sigmoid']},
    ),
  );
  const {exports} = new WebAssembly.Instance(module, {
    env: {
      memory,
      exp: (x: number) => x + 1,
      log: (x: number) => x + 2,
      sigmoid: (x: number) => x + 3,
    },
  });
  assert.deepEqual(
    Object.keys(exports),
    bodies.map((_, i) => String(i)),
  );
  for (const body of Object.values(exports)) (body as (address: number) => void)(address);
  return new Float32Array(memory.buffer);
}

test('whole numbers of every length arrive as they are', () => {
  const edges = [0, 1, 63, 64, 65, 127, 128, 8191, 8192, 2 ** 31 - 1].flatMap((n) => [
    n,
    -n,
    -n - 1,
  ]);
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...edges), fc.integer()), (number) => {
      const body = new FunctionBody(1);
      // The function stores 1 if the constant equals the same number made of smaller ones.
      body.i32(64);
      body.f32(1);
      body.f32(0);
      body.i32(number);
      body.i32(number >> 16);
      body.i32(65_536);
      body.add('i32.mul');
      body.i32(number & 0xffff);
      body.add('i32.add', 'i32.eq', 'select');
      body.access('f32.store');
      assert.equal(run([body.finish()])[16], 1);
    }),
  );
});

test('four numbers are loaded, computed with and stored at an offset', () => {
  const body = new FunctionBody(1);
  const four = body.local('v128');
  body.f32x4(1.5);
  body.set(four);
  body.get(0);
  body.get(four);
  body.f32(0.25);
  body.replaceLane(2);
  body.f32x4(4);
  body.add('f32x4.mul', 'f32x4.sqrt');
  body.access('v128.store', 1024);
  const after = run([body.finish()], 400);
  const at = (400 + 1024) / 4;
  const root = Math.fround(Math.sqrt(6));
  assert.deepEqual([...after.subarray(at - 1, at + 5)], [0, root, root, 1, root, 0]);
});

test('modules may have more than 127 locals and functions', () => {
  const bodies = Array.from({length: 200}, (_, i) => {
    const body = new FunctionBody(1);
    const locals = Array.from({length: 200}, () => body.local('f32'));
    locals.forEach((local, k) => {
      body.f32(k);
      body.set(local);
    });
    body.i32(4 * i);
    body.get(locals[i]!);
    body.call(i % 3);
    body.access('f32.store');
    return body.finish();
  });
  const expected = Array.from({length: 200}, (_, i) => i + (i % 3) + 1);
  assert.deepEqual([...run(bodies).subarray(0, 200)], expected);
});

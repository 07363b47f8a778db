import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Code} from '../../../src/tensor/kernels/code.ts';
import {add, f32, i32, less, thread, u32} from '../../../src/tensor/kernels/expressions.ts';

test('Names of inner blocks differ from all others', () => {
  const code = new Code();
  const names: unknown[] = [];
  const declare = (block: Code): void => {
    const name = block.let(add(thread, 1));
    if (name.kind === 'local') names.push(name.name);
  };
  declare(code);
  code.if(less(thread, 1), declare, declare);
  code.for({below: 4}, (loop) => declare(loop));
  declare(code);
  assert.equal(names.length, 5);
  assert.equal(new Set(names).size, 5);
});

test('What is as cheap as a name gets none', () => {
  const code = new Code();
  const variable = code.variable(f32(1));
  for (const value of [u32(3), thread, variable]) assert.equal(code.let(value), value);
  assert.equal(code.statements.length, 1);
});

test('A loop that is known to run at most once is no loop', () => {
  const indices: unknown[] = [];
  const kindsOf = (bounds: Parameters<Code['for']>[0]): readonly string[] => {
    const code = new Code();
    code.for(bounds, (loop, index) => {
      indices.push(index);
      loop.barrier();
    });
    return code.statements.map(({kind}) => kind);
  };
  assert.deepEqual(kindsOf({below: 1}), ['barrier']);
  assert.deepEqual(kindsOf({from: i32(-2), below: 0, step: 2}), ['barrier']);
  assert.deepEqual(indices, [u32(0), i32(-2)]);
  assert.deepEqual(kindsOf({below: 0}), []);
  assert.deepEqual(kindsOf({from: 5, below: 3}), []);
  assert.deepEqual(kindsOf({below: 2}), ['for']);
  assert.deepEqual(kindsOf({below: add(thread, 1)}), ['for']);
});

test('No condition always holds', () => {
  const code = new Code();
  code.if(
    undefined,
    (block) => block.barrier(),
    () => assert.fail('the other side is written'),
  );
  assert.deepEqual(code.statements, [{kind: 'barrier', memory: 'workgroup'}]);
});

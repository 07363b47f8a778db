/** Programs for GPUs that are written by hand, to test engines without the compiler. */
import {Code} from '../../../../src/tensor/kernels/code.ts';
import {
  add,
  f32,
  group,
  less,
  load,
  multiply,
  shared,
  splat,
  component,
  thread,
  u32,
} from '../../../../src/tensor/kernels/expressions.ts';
import type {
  Binding,
  BindingSource,
  Dispatch,
  GpuProgram,
} from '../../../../src/tensor/kernels/kernel.ts';
import type {Expression} from '../../../../src/tensor/kernels/ir.ts';

export function input(name: string): Binding {
  return {source: {kind: 'input', name}, type: 'f32', isWritten: false};
}

export function output(name: string): Binding {
  return {source: {kind: 'output', name}, type: 'f32', isWritten: true};
}

export function arena(number: number, isWritten: boolean): Binding {
  return {source: {kind: 'arena', arena: number} satisfies BindingSource, type: 'f32', isWritten};
}

/** to[i] = f(from[i]) for `size` numbers. */
export function mapOf(
  from: Binding,
  to: Binding,
  size: number,
  f: (x: Expression) => Expression,
): Dispatch {
  const code = new Code();
  const index = code.let(add(multiply(group, 64), thread), 'index');
  code.if(less(index, size), (body) => body.store(1, index, f(load('f32', 0, index))));
  return {
    labels: [`map ${size}`],
    threads: 64,
    groups: Math.ceil(size / 64),
    shared: 0,
    bindings: [from, to],
    body: code.statements,
  };
}

/** to[0] = Σ from[i], by one workgroup of 64 threads that meet at barriers. */
export function sumOf(from: Binding, to: Binding, size: number): Dispatch {
  const code = new Code();
  const total = code.variable(f32(0), 'total');
  code.for({from: thread, below: size, step: 64}, (body, i) => {
    body.assign(total, add(total, load('f32', 0, i)));
  });
  code.storeShared(thread, splat(total));
  code.barrier();
  for (let half = 32; half >= 1; half /= 2) {
    code.if(less(thread, half), (body) => {
      body.storeShared(thread, add(shared(thread), shared(add(thread, half))));
    });
    code.barrier();
  }
  code.if(less(thread, 1), (body) => body.store(1, u32(0), component(shared(0), 0)));
  return {
    labels: [`sum ${size}`],
    threads: 64,
    groups: 1,
    shared: 64,
    bindings: [from, to],
    body: code.statements,
  };
}

/** A program without arenas. */
export function programOf(...dispatches: readonly Dispatch[]): GpuProgram {
  return {dispatches, arenas: []};
}

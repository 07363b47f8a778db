import type {Engine, Executable, Tensor} from '../src/tensor/engine.ts';
import {Graph} from '../src/tensor/graph.ts';
import {program, type Program, type Step} from '../src/tensor/program.ts';
import {formatShape} from '../src/tensor/shape.ts';

/** An engine that runs each operation as a program of its own and notes how long it took. */
export interface ProfilingEngine extends Engine {
  /** Milliseconds by operation and operand shapes, since the start. */
  readonly times: ReadonlyMap<string, {readonly ms: number; readonly count: number}>;
  forget(): void;
}

export function profilingEngine(engine: Engine): ProfilingEngine {
  const times = new Map<string, {ms: number; count: number}>();
  return {
    name: engine.name,
    description: engine.description,
    upload: (data, shape) => engine.upload(data, shape),
    read: (tensor) => engine.read(tensor),
    memory: () => engine.memory(),
    resetPeak: () => engine.resetPeak(),
    times,
    forget: () => times.clear(),
    compile: (whole) =>
      profiled(engine, whole, (label, ms) => {
        const sofar = times.get(label) ?? {ms: 0, count: 0};
        times.set(label, {ms: sofar.ms + ms, count: sofar.count + 1});
      }),
  };
}

function profiled(
  engine: Engine,
  whole: Program,
  note: (label: string, ms: number) => void,
): Executable {
  const parts = whole.steps.map((step) =>
    step.value.op.kind === 'input' ? undefined : engine.compile(alone(step)),
  );
  return {
    run(inputs) {
      const results: Tensor[] = [];
      const given = new Set<Tensor>(Object.values(inputs));
      whole.steps.forEach(({value, operands, lastUses}, i) => {
        if (value.op.kind === 'input') {
          results.push(inputs[value.op.name]!);
          return;
        }
        const named = operands.map((index, j) => [String(j), results[index]!] as const);
        const start = performance.now();
        results.push(parts[i]!.run(Object.fromEntries(named))['y']!);
        note(label(whole, i), performance.now() - start);
        for (const index of lastUses) results[index]!.dispose();
      });
      const outputs = Object.fromEntries(
        [...whole.outputs].map(([name, index]) => [name, results[index]!]),
      );
      const taken = new Set(Object.values(outputs));
      for (const result of results) if (!given.has(result) && !taken.has(result)) result.dispose();
      return outputs;
    },
  };
}

/** The program of one operation. */
function alone({value}: Step): Program {
  const graph = new Graph();
  const operands = value.operands.map(({shape}, i) => graph.input(String(i), shape));
  return program({y: graph.apply(value.op, operands)});
}

function label({steps}: Program, i: number): string {
  const {value} = steps[i]!;
  const shapes = value.operands.map(({shape}) => formatShape(shape)).join(' ');
  return `${value.op.kind} ${shapes} → ${formatShape(value.shape)}`;
}

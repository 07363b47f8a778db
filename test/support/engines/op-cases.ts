/** Programs that exercise every operation, for the derivative tests and the engine tests. */
import type {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import type {Op, OpKind} from '../../../src/tensor/op.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {sizeOf, type Shape} from '../../../src/tensor/shape.ts';
import {Random} from '../../../src/learning/random.ts';

export interface OpCase {
  readonly name: string;
  readonly kind: OpKind;
  /** Inputs with respect to which derivatives are taken, by name. */
  readonly inputs: Readonly<Record<string, Shape>>;
  /** Other inputs: indices and maps. */
  readonly fixed?: Readonly<
    Record<string, {readonly shape: Shape; readonly data: readonly number[]}>
  >;
  /** Maps inputs to where the function is defined and smooth. */
  readonly domain?: (x: number) => number;
  readonly build: (graph: Graph, inputs: Readonly<Record<string, Value>>) => Value;
}

const positive = (x: number): number => 0.5 + Math.abs(x);
/** At least 0.05 from zero, so that a small change does not cross the kink. */
const awayFromZero = (x: number): number => x + Math.sign(x) * 0.05;

/** At least 0.2 from whole numbers. */
const awayFromWhole = (x: number): number => Math.round(8 * x) + 0.5 + 0.3 * x;

const domains: Readonly<Record<string, (x: number) => number>> = {
  log: positive,
  sqrt: positive,
  heaviside: awayFromZero,
  floor: awayFromWhole,
};

function conv(stride: number, pad: number, size: number, k: number): readonly OpCase[] {
  const x: Shape = [1, size, size + 1, 2];
  const w: Shape = [k, k, 2, 3];
  const extent = (n: number): number => Math.floor((n + 2 * pad - k) / stride) + 1;
  const z: Shape = [1, extent(size), extent(size + 1), 3];
  const window = {stride, pad};
  const name = `${k}×${k} stride ${stride} pad ${pad} on ${size}×${size + 1}`;
  return [
    {
      name: `conv2d ${name}`,
      kind: 'conv2d',
      inputs: {x, w},
      build: (_, v) => ops.conv2d(v['x']!, v['w']!, window),
    },
    {
      name: `conv2dInput ${name}`,
      kind: 'conv2dInput',
      inputs: {z, w},
      build: (g, v) => g.apply({kind: 'conv2dInput', window, shape: x}, [v['z']!, v['w']!]),
    },
    {
      name: `conv2dFilter ${name}`,
      kind: 'conv2dFilter',
      inputs: {x, z},
      build: (g, v) => g.apply({kind: 'conv2dFilter', window, shape: w}, [v['x']!, v['z']!]),
    },
  ];
}

function binary(kind: 'add' | 'subtract' | 'multiply' | 'divide'): readonly OpCase[] {
  const shapes: readonly (readonly [Shape, Shape])[] = [
    [
      [3, 4],
      [3, 4],
    ],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [1, 4],
      [3, 1],
    ],
    [[], [2, 2]],
  ];
  return shapes.map(([a, b]) => ({
    name: `${kind} ${JSON.stringify(a)} with ${JSON.stringify(b)}`,
    kind,
    inputs: {a, b},
    ...(kind === 'divide' ? {domain: positive} : {}),
    build: (_, v) => ops[kind](v['a']!, v['b']!),
  }));
}

function unary(
  kind: 'exp' | 'log' | 'sqrt' | 'sigmoid' | 'heaviside' | 'floor' | 'softmax' | 'logSumExp',
): OpCase {
  const domain = domains[kind];
  return {
    name: kind,
    kind,
    inputs: {x: [3, 5]},
    ...(domain === undefined ? {} : {domain}),
    build: (_, v) => ops[kind](v['x']!),
  };
}

function array(name: string, kind: OpKind, shape: Shape, build: (x: Value) => Value): OpCase {
  return {name, kind, inputs: {x: shape}, build: (_, v) => build(v['x']!)};
}

/** Products of two pairs, which compilers make from sums of products. */
function sumsOfPairs(): readonly OpCase[] {
  const x: Shape = [1, 4, 5, 2];
  const w: Shape = [3, 3, 2, 3];
  const z: Shape = [1, 4, 5, 3];
  const window = {stride: 1, pad: 1};
  const pairs = (op: Op, [a, b]: readonly [Shape, Shape]): OpCase => ({
    name: `${op.kind} of two pairs`,
    kind: op.kind,
    inputs: {a, b, c: a, d: b},
    build: (g, v) => g.apply(op, [v['a']!, v['b']!, v['c']!, v['d']!]),
  });
  return [
    pairs({kind: 'matmul', transposeA: false, transposeB: true}, [
      [3, 4],
      [5, 4],
    ]),
    pairs({kind: 'conv2d', window}, [x, w]),
    pairs({kind: 'conv2dInput', window, shape: x}, [z, w]),
    pairs({kind: 'conv2dFilter', window, shape: w}, [x, z]),
  ];
}

function pool(size: number, shape: Shape): readonly OpCase[] {
  const [n, h, w, c] = shape as [number, number, number, number];
  const small: Shape = [n, Math.floor(h / size), Math.floor(w / size), c];
  const name = `${size}×${size} on ${h}×${w}`;
  return [
    array(`avgPool ${name}`, 'avgPool', shape, (x) => ops.avgPool(x, size)),
    array(`avgPoolTranspose ${name}`, 'avgPoolTranspose', small, (x) =>
      x.graph.apply({kind: 'avgPoolTranspose', size, shape}, [x]),
    ),
    array(`maxPool ${name}`, 'maxPool', shape, (x) => ops.maxPool(x, size)),
    {
      name: `maxPoolGather ${name}`,
      kind: 'maxPoolGather',
      inputs: {x: shape, v: shape},
      build: (g, v) => g.apply({kind: 'maxPoolGather', size}, [v['x']!, v['v']!]),
    },
    {
      name: `maxPoolScatter ${name}`,
      kind: 'maxPoolScatter',
      inputs: {x: shape, v: small},
      build: (g, v) => g.apply({kind: 'maxPoolScatter', size}, [v['x']!, v['v']!]),
    },
  ];
}

/** An identity, a flip, a shift by whole pixels, and a rotation with scaling. */
const maps = [
  [1, 0, 0, 0, 1, 0],
  [1, 0, 0, 0, -1, 4],
  [1, 0, -2, 0, 1, 1],
  [1.1, 0.2, -0.7, -0.15, 0.9, 0.4],
];
const map = {map: {shape: [4, 6], data: maps.flat()}};
const indices = {indices: {shape: [4], data: [2, 0, 2, 1]}};

export const opCases: readonly OpCase[] = [
  {name: 'input', kind: 'input', inputs: {x: [3]}, build: (_, v) => v['x']!},
  {
    name: 'constant',
    kind: 'constant',
    inputs: {x: [3]},
    build: (g, v) => ops.add(g.constant(2, [2, 3]), v['x']!),
  },
  ...(['add', 'subtract', 'multiply', 'divide'] as const).flatMap(binary),
  ...(['exp', 'log', 'sqrt', 'sigmoid', 'heaviside', 'floor', 'softmax', 'logSumExp'] as const).map(
    unary,
  ),
  array('sum of inner axes', 'sum', [2, 3, 4, 5], (x) => ops.sum(x, [1, 2])),
  array('sum of outer and last axes', 'sum', [2, 3, 4, 5], (x) => ops.sum(x, [0, 3])),
  array('sum of everything', 'sum', [2, 3, 4], (x) => ops.sum(x)),
  array('broadcast', 'broadcast', [3, 1], (x) => ops.broadcast(x, [2, 3, 4])),
  array('reshape', 'reshape', [3, 4], (x) => ops.reshape(x, [2, 6])),
  array('transpose', 'transpose', [2, 3, 4, 5], (x) => ops.transpose(x, [2, 0, 3, 1])),
  array('slice', 'slice', [4, 5], (x) => ops.slice(x, [1, 2], [2, 3])),
  array('pad', 'pad', [2, 3], (x) => ops.pad(x, [1, 2], [4, 5])),
  {
    name: 'concat',
    kind: 'concat',
    inputs: {a: [2, 3], b: [2, 1]},
    build: (_, v) => ops.concat([v['a']!, v['b']!], 1),
  },
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): OpCase => ({
      name: `matmul ${transposeA ? 'Aᵀ' : 'A'}·${transposeB ? 'Bᵀ' : 'B'}`,
      kind: 'matmul',
      inputs: {a: transposeA ? [4, 3] : [3, 4], b: transposeB ? [5, 4] : [4, 5]},
      build: (_, v) => ops.matmul(v['a']!, v['b']!, {transposeA, transposeB}),
    })),
  ),
  ...sumsOfPairs(),
  {
    name: 'gatherRows',
    kind: 'gatherRows',
    inputs: {x: [3, 2]},
    fixed: indices,
    build: (_, v) => ops.gatherRows(v['x']!, v['indices']!),
  },
  {
    name: 'scatterRows',
    kind: 'scatterRows',
    inputs: {x: [4, 2, 3]},
    fixed: indices,
    build: (g, v) => g.apply({kind: 'scatterRows', rows: 3}, [v['x']!, v['indices']!]),
  },
  ...conv(1, 1, 5, 3),
  ...conv(1, 3, 4, 3),
  ...conv(1, 0, 6, 5),
  ...conv(2, 1, 6, 3),
  ...conv(2, 0, 5, 1),
  ...conv(2, 1, 7, 3),
  ...pool(2, [2, 4, 6, 3]),
  ...pool(2, [1, 5, 7, 2]),
  ...pool(3, [1, 6, 6, 1]),
  {
    name: 'affineWarp',
    kind: 'affineWarp',
    inputs: {x: [4, 5, 5, 2]},
    fixed: map,
    build: (_, v) => ops.affineWarp(v['x']!, v['map']!),
  },
  {
    name: 'affineWarpTranspose',
    kind: 'affineWarpTranspose',
    inputs: {x: [4, 5, 5, 2]},
    fixed: map,
    build: (g, v) => g.apply({kind: 'affineWarpTranspose'}, [v['x']!, v['map']!]),
  },
];

/** The case's value in a graph, its inputs by name (fixed ones too), and numbers for them. */
export function instantiate(
  opCase: OpCase,
  graph: Graph,
): {
  readonly value: Value;
  readonly wrt: Readonly<Record<string, Value>>;
  readonly data: Readonly<Record<string, Float64Array>>;
} {
  const random = new Random(1, 'op-case', opCase.name);
  const fixed = Object.entries(opCase.fixed ?? {});
  const wrt = Object.fromEntries(
    Object.entries(opCase.inputs).map(([name, shape]) => [name, graph.input(name, shape)]),
  );
  const given = Object.fromEntries(
    fixed.map(([name, {shape}]) => [name, graph.input(name, shape)]),
  );
  const numbers = Object.entries(opCase.inputs).map(([name, shape]): [string, Float64Array] => {
    const stream = random.at(name);
    const draw = (): number => (opCase.domain ?? ((x) => x))(2 * stream.uniform() - 1);
    // Rounded to float32, so that every engine starts from exactly the same numbers.
    return [name, Float64Array.from({length: sizeOf(shape)}, () => Math.fround(draw()))];
  });
  const data = Object.fromEntries([
    ...numbers,
    ...fixed.map(([name, {data}]): [string, Float64Array] => [
      name,
      Float64Array.from(data, Math.fround),
    ]),
  ]);
  return {value: opCase.build(graph, {...wrt, ...given}), wrt, data};
}

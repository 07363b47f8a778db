import {test} from 'node:test';
import type {Extents, Node} from '../../../../../src/tensor/compile/gpu/node.ts';
import {makesPoints} from '../../../../../src/tensor/compile/gpu/planes/members.ts';
import {geometryOf} from '../../../../../src/tensor/compile/gpu/planes/geometry.ts';
import {guaranteedLimits} from '../../../../../src/tensor/kernels/kernel.ts';
import type {Shape} from '../../../../../src/tensor/shape.ts';
import {
  checkPlanes,
  membersOf,
  pseudoRandom,
} from '../../../../support/engines/gpu/check-planes.ts';
import {NodeGraph} from '../../../../support/engines/gpu/node-graph.ts';

const limits = [
  guaranteedLimits,
  {...guaranteedLimits, sharedBytes: 32_768},
  {...guaranteedLimits, threads: 64},
];

/** Draws nodes that fit into one cluster. */
class RandomCluster {
  readonly graph = new NodeGraph();
  readonly #draw: () => number;
  readonly images: Extents;
  readonly size: number;
  /** By shape. */
  readonly #values = new Map<string, Node[]>();

  constructor(seed: number) {
    this.#draw = pseudoRandom(seed * 7919 + 1);
    for (let i = 0; i < 4; i++) this.#draw();
    this.size = this.below(2) + 2;
    const side = (): number => this.size + this.below(8);
    this.images = [1 + this.below(3), side(), side(), this.pick([4, 8, 12, 16, 32])];
    this.#keep(this.graph.of({kind: 'sigmoid'}, this.graph.input(this.images)));
  }

  below(count: number): number {
    return Math.floor(((this.#draw() + 1) / 2) * count);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  get pooled(): Extents {
    const [n, h, w, c] = this.images;
    return [n, Math.floor(h / this.size), Math.floor(w / this.size), c];
  }

  #keep(node: Node): void {
    const key = node.shape.join();
    this.#values.set(key, [...(this.#values.get(key) ?? []), node]);
  }

  /** A value of a shape, from the cluster if there is one. */
  #some(shape: Shape): Node {
    const known = this.#values.get(shape.join()) ?? [];
    const node = this.below(5) === 0 ? undefined : this.pick(known);
    if (node !== undefined) return node;
    return this.graph.input(shape);
  }

  /** Something that broadcasts to a shape of images. */
  #operand(shape: Extents): Node {
    const [n, h, w, c] = shape;
    const statistic = (): Node => this.graph.reshape(this.#some([n, c]), [n, 1, 1, c]);
    return this.pick([
      () => this.#some(shape),
      () => this.#some([n, 1, 1, c]),
      statistic,
      () => this.graph.of({kind: 'broadcast', shape}, statistic()),
      () => this.graph.input(this.pick<Shape>([[c], [1, h, w, c], [h, w, 1], [n, 1, 1, 1], []])),
      () => this.graph.constant(0.5),
    ])();
  }

  #node(): Node {
    const {graph, images, pooled, size} = this;
    const shape = this.pick([images, images, pooled]);
    const [n, h, w, c] = shape;
    const share = graph.constant(1 / (h * w));
    const map = {tile: this.pick([2, 4] as const), pad: this.pick([0, 1, 2])};
    const bounded = (node: Node): Node => graph.of({kind: 'sigmoid'}, node);
    const other = this.pick([
      () => graph.add(this.#some(shape), this.#operand(shape)),
      () => graph.multiply(this.#operand(shape), this.#some(shape)),
      () => graph.subtract(this.#operand(shape), this.#some(shape)),
      () => graph.of({kind: 'sum', axes: [1, 2]}, graph.multiply(this.#some(shape), share)),
      () => graph.multiply(graph.pixelSum(this.#some(shape)), share),
      () =>
        bounded(
          this.#some(
            this.pick<Shape>([
              [n, c],
              [n, 1, 1, c],
            ]),
          ),
        ),
      () => graph.multiply(this.#some([n, c]), graph.input(this.pick<Shape>([[c], [n, 1]]))),
      () => graph.of({kind: this.pick(['avgPool', 'maxPool'] as const), size}, this.#some(images)),
      () => graph.of({kind: 'maxPoolGather', size}, this.#some(images), this.#some(images)),
      () => graph.of({kind: 'maxPoolScatter', size}, this.#some(images), this.#some(pooled)),
      () => graph.of({kind: 'avgPoolTranspose', size, shape: images}, this.#some(pooled)),
    ]);
    if (this.below(4) > 0 || h + 2 * map.pad < 3 || w + 2 * map.pad < 3) return other();
    const kind = this.pick([
      'transformInput',
      'transformInputTranspose',
      'transformOutput',
      'transformOutputTranspose',
    ] as const);
    const isSink = kind === 'transformInput' || kind === 'transformOutputTranspose';
    const operand = isSink ? this.#some(shape) : graph.input(NodeGraph.points(kind, shape, map));
    const node = graph.map(kind, operand, shape, map);
    return isSink ? node : bounded(node);
  }

  /** Adds what fits with all that is there. */
  grow(): void {
    const before = this.graph.nodes.length;
    const node = this.#node();
    const nodes = membersOf(this.graph);
    if (limits.some((limit) => geometryOf(nodes, limit) === undefined)) {
      this.graph.nodes.length = before;
      return;
    }
    if (!makesPoints(node)) this.#keep(node);
  }
}

for (let seed = 1; seed <= 24; seed++) {
  test(`cluster ${seed} of random members gives what float64 gives`, () => {
    const cluster = new RandomCluster(seed);
    for (let i = 0; i < 20; i++) cluster.grow();
    const {graph} = cluster;
    const members = membersOf(graph).filter((node) => !makesPoints(node));
    const stored = members.filter(() => cluster.below(3) === 0);
    checkPlanes(graph, stored.length === 0 ? members : stored, {
      limits: limits[seed % 3]!,
      isExact: true,
    });
  });
}

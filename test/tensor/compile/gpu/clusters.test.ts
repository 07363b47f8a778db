import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {
  clustersOf,
  seenBy,
  type Cluster,
  type Clusters,
} from '../../../../src/tensor/compile/gpu/clusters.ts';
import {ExternalMemories} from '../../../../src/tensor/compile/gpu/external.ts';
import {Layout} from '../../../../src/tensor/compile/gpu/layout.ts';
import {sectionsOf} from '../../../../src/tensor/compile/gpu/kernels/sections.ts';
import {isGiven, isView, type Node} from '../../../../src/tensor/compile/gpu/node.ts';
import {nodesOf, type Nodes} from '../../../../src/tensor/compile/gpu/nodes.ts';
import {geometryOf} from '../../../../src/tensor/compile/gpu/planes/geometry.ts';
import {remake} from '../../../../src/tensor/compile/gpu/remake.ts';
import {storedNodes} from '../../../../src/tensor/compile/gpu/stored.ts';
import {prepare} from '../../../../src/tensor/compile/prepare.ts';
import {guaranteedLimits as limits} from '../../../../src/tensor/kernels/kernel.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {sizeOf} from '../../../../src/tensor/shape.ts';
import {studentPrograms} from '../../../support/engines/learning-programs.ts';
import {randomProgram} from '../../../support/engines/random-program.ts';

interface Clustered {
  readonly nodes: Nodes;
  readonly external: ExternalMemories;
  readonly made: Clusters;
}

function cluster(program: Program): Clustered {
  const nodes = nodesOf(prepare(program, {readsTransposed: true, ofPlanes: true}), 4);
  const external = new ExternalMemories(nodes, new Layout(nodes), limits);
  return {nodes, external, made: clustersOf(nodes, external, limits)};
}

/** What computes a node's operands, through views and what sums compute themselves. */
function producersOf(node: Node, homes: ReadonlyMap<Node, Cluster>): readonly Cluster[] {
  return node.operands.flatMap((operand) => homes.get(operand) ?? producersOf(operand, homes));
}

function checkClusters({nodes, external, made: {clusters, inlined}}: Clustered): void {
  const homes = new Map<Node, Cluster>();
  for (const one of clusters) {
    for (const node of one.nodes) {
      assert.ok(!homes.has(node), `node ${node.id} is in two clusters`);
      homes.set(node, one);
    }
    const members = [...one.nodes];
    if (one.kind === 'plane') assert.notEqual(geometryOf(members, limits), undefined);
    if (one.kind === 'map') assert.equal(new Set(members.map(({shape}) => shape.join())).size, 1);
    if (one.kind === 'solo' && members.some(({shape}) => sizeOf(shape) > 4096)) {
      const sections = sectionsOf(members, (node) => inlined.has(node));
      assert.ok(sections !== undefined && sections.numbers <= 4096);
    }
    if (one.kind === 'single') assert.equal(members.length, 1);
    else assert.ok(external.fits(members));
  }
  for (const {value: node} of nodes.steps) {
    const isComputed = !isGiven(node) && !isView(node) && !inlined.has(node);
    assert.equal(homes.has(node), isComputed, `node ${node.id}`);
    const home = homes.get(node);
    if (home === undefined) continue;
    for (const producer of producersOf(node, homes)) {
      assert.ok(producer === home || producer.level < home.level, 'what is read comes before');
    }
  }
}

test('every computed node is in one cluster, after all that it needs', () => {
  for (const [network, batch] of [
    ['ConvNetD2W8', 2],
    ['ConvNetGN', 40],
  ] as const) {
    for (const program of studentPrograms(network, {size: 8, channels: 1, batch})) {
      checkClusters(cluster(program));
    }
  }
  fc.assert(
    fc.property(randomProgram, ({program}) => {
      checkClusters(cluster(program));
    }),
    {numRuns: 100},
  );
});

/** The pixels that a plane reads from memory. */
function pixelsReadBy(plane: Cluster): number {
  const read = new Set<Node>();
  for (const {operands} of [...plane.nodes, ...plane.again]) {
    for (const operand of operands) {
      const seen = seenBy(plane, operand);
      const [, h = 1, w = 1] = seen.shape;
      const isOwn = plane.nodes.has(seen) || plane.again.has(seen) || seen.op.kind === 'constant';
      if (seen.shape.length === 4 && h * w > 1 && !isOwn) read.add(seen);
    }
  }
  return read.size;
}

test('a plane computes again what it would have to read, and reads no more pixels than before', () => {
  let again = 0;
  for (const program of studentPrograms('ConvNetD3W16', {size: 16, channels: 3, batch: 2})) {
    const {nodes, external, made} = cluster(program);
    const planes = made.clusters.filter(({kind}) => kind === 'plane');
    const before = planes.map(pixelsReadBy);
    remake(made, external, limits);
    planes.forEach((plane, i) => {
      assert.ok(pixelsReadBy(plane) <= before[i]!);
      const all = [...plane.nodes, ...plane.again];
      assert.notEqual(geometryOf(all, limits), undefined);
      again += plane.again.size;
    });
    checkStored(nodes, made);
  }
  assert.ok(again > 0);
});

/** Checks that every cluster finds in memory what it reads, and computes nothing that nobody needs. */
function checkStored(nodes: Nodes, made: Clusters): void {
  const before = made.clusters.flatMap((one) => [...one.nodes]).length;
  const stored = storedNodes(nodes, made);
  const kept = made.clusters.flatMap((one) => [...one.nodes]);
  assert.ok(kept.length <= before);
  const inMemory = new Set([...stored].filter((node) => !isGiven(node)));
  for (const node of inMemory) assert.ok(kept.includes(node), `nobody makes node ${node.id}`);
  for (const one of made.clusters) {
    const own = [...one.nodes, ...one.again];
    const seen = ({operands}: Node): readonly Node[] =>
      operands
        .map((operand) => seenBy(one, operand))
        .flatMap((node) => (made.inlined.has(node) ? seen(node) : [node]));
    const needed = new Set(own.flatMap(seen));
    for (const node of own) {
      const isStored = one.nodes.has(node) && stored.has(node);
      assert.ok(isStored || needed.has(node), `nobody needs node ${node.id}`);
    }
  }
}

import {
  isCollection,
  isMap,
  isPair,
  isScalar,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type {Random} from '../../src/learning/random.ts';

/** An edit that a user might make, by mistake or on purpose: changes the document in place. */
export type Edit = (random: Random, document: Document) => void;

/** A random item. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

/** All pairs of a document, with the mapping that holds each. */
export function pairsOf(document: Document): readonly (readonly [YAMLMap, Pair<Node, Node>])[] {
  const pairs: (readonly [YAMLMap, Pair<Node, Node>])[] = [];
  visit(document, {
    Pair: (_, pair, path) => {
      const holder = path.at(-1);
      if (isMap(holder)) pairs.push([holder, pair as Pair<Node, Node>]);
    },
  });
  return pairs;
}

/** All nodes of a kind. */
export function nodesOf<T extends Node>(
  document: Document,
  is: (node: unknown) => node is T,
): readonly T[] {
  const nodes: T[] = [];
  visit(document, {Node: (_, node) => void (is(node) && nodes.push(node))});
  return nodes;
}

export const isText = (node: unknown): node is Scalar<string> =>
  isScalar(node) && typeof node.value === 'string';
export const isNumber = (node: unknown): node is Scalar<number> =>
  isScalar(node) && typeof node.value === 'number';

/** Calls back with a random item, if there is any. */
export function withOne<T>(random: Random, items: readonly T[], change: (item: T) => void): void {
  if (items.length > 0) change(pick(random, items));
}

/** Whether a node is inside another one, or is that node. */
export function isWithin(node: unknown, holder: unknown): boolean {
  if (node === holder) return true;
  if (!isCollection(holder)) return false;
  return holder.items.some((item) =>
    isPair(item) ? isWithin(node, item.key) || isWithin(node, item.value) : isWithin(node, item),
  );
}

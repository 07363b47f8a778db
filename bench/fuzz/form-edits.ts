import {isAlias, isCollection, isMap, isScalar} from 'yaml';
import {isNumber, isText, nodesOf, pairsOf, pick, withOne, type Edit} from './document-nodes.ts';

/** Most of these leave a valid pipeline valid. */
export const formEdits: readonly Edit[] = [
  (random, document) =>
    withOne(
      random,
      nodesOf(document, isCollection),
      (node) => (node.flow = random.integer(2) === 0),
    ),
  (random, document) =>
    withOne(random, nodesOf(document, isText), (node) => {
      node.type = pick(random, ['QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'PLAIN'] as const);
    }),
  (random, document) =>
    withOne(random, nodesOf(document, isScalar), (node) => {
      node.comment = pick(random, [' a comment', ' é \u202e', ' "{[', '']);
    }),
  (random, document) =>
    withOne(random, nodesOf(document, isMap), (map) => void (map.items = map.items.toReversed())),
  (random, document) =>
    withOne(random, nodesOf(document, isNumber), (node) => (node.value += random.integer(3) - 1)),
  // Copies a stage or a parameter under another name.
  (random, document) =>
    withOne(random, pairsOf(document), ([map, pair]) => {
      const copy = pair.clone();
      if (isText(copy.key)) copy.key.value += pick(random, ['2', '-b', '_']);
      map.items.push(copy);
    }),
  // Replaces repeated values by an anchor and aliases.
  (random, document) =>
    withOne(random, pairsOf(document), ([, pair]) => {
      const twins = pairsOf(document).filter(
        ([, other]) => other !== pair && String(other.value) === String(pair.value),
      );
      if (isAlias(pair.value) || pair.value === null) return;
      withOne(random, twins, ([, twin]) => {
        if (isAlias(twin.value)) return;
        twin.value = document.createAlias(pair.value as never, 'once') as never;
      });
    }),
];

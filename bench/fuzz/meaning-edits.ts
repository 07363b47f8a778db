import {Pair, Scalar, isMap, isScalar, isSeq, parse, type Document} from 'yaml';
import type {Random} from '../../src/learning/random.ts';
import {isText, isWithin, nodesOf, pairsOf, pick, withOne, type Edit} from './document-nodes.ts';

/** Values of the wrong type, or values that look like another type. */
const values: readonly unknown[] = [
  ...(parse(`
    [null, true, false, 0, -1, 1.5, 1e21, .nan, .inf, '', ' ', '~', 'null', '1e3', '0x1f', '.5', '1_000', 'yes', [], {},
    [[]], [null], {a: 1}, {'': 1}, {count: 3}, {count: 0}, {count: -1}, {count: 1000001}, {count: 1e15}, {count: 5000},
    '\${params.x}', '\${params.', '\${matrix.seed}', '\${', '$\${x}', '\${params.a[params.b]}', '\${inputs.of}',
    {count: '\${params.n}'}, ./cell.yaml, ./none.yaml, ../, ./p.yaml, say, run, 'x.out[*]', .out, x., 'x.out[n=', '*',
    5m, 1h30m, 0s, -5m, 1e9h, any, bitwise, engine, é😀, "\\0", "\\e[31m", __proto__, constructor, toString, {gpu: 0.5},
    {device: 1e9}, {crash: 1}, {include: [{}]}, [{n: 1}, {n: 1}]]
  `) as readonly unknown[]),
  '\ud83d',
  9007199254740993n,
  'x'.repeat(3000),
  Array.from({length: 2000}, (_, index) => index),
];

/** Most of these are mistakes. */
export const meaningEdits: readonly Edit[] = [
  (random, document) =>
    withOne(random, pairsOf(document), ([map, pair]) => {
      map.items = map.items.filter((one) => one !== pair);
    }),
  (random, document) =>
    withOne(random, pairsOf(document), ([map, pair]) => void map.items.push(pair.clone() as Pair)),
  (random, document) =>
    withOne(random, pairsOf(document), ([, {key}]) => {
      if (isText(key)) key.value = renamed(random, key.value);
    }),
  (random, document) =>
    withOne(random, pairsOf(document), ([, pair]) => {
      pair.value = document.createNode(pick(random, values));
    }),
  (random, document) =>
    withOne(random, nodesOf(document, isSeq), (seq) => {
      seq.items.splice(
        random.integer(seq.items.length + 1),
        random.integer(2),
        document.createNode(pick(random, values)),
      );
    }),
  (random, document) => {
    const pairs = pairsOf(document);
    withOne(random, pairs, ([, one]) =>
      withOne(random, pairs, ([, other]) => {
        if (isWithin(one.value, other.value) || isWithin(other.value, one.value)) return;
        [one.value, other.value] = [other.value, one.value];
      }),
    );
  },
  (random, document) =>
    withOne(random, referencesIn(document), (node) => leadAstray(random, document, node)),
  (random, document) =>
    withOne(random, referencesIn(document), (node) => leadAstray(random, document, node)),
  (random, document) =>
    withOne(random, nodesOf(document, isText), (node) => {
      const at = random.integer(node.value.length + 1);
      const piece = pick(random, [
        'é',
        '😀',
        '\u0000',
        '\u202e',
        '${params.x}',
        '"',
        "'",
        '\n',
        '\\',
        ' ',
        '[',
        '.',
      ]);
      node.value = node.value.slice(0, at) + piece + node.value.slice(at);
    }),
  (random, document) =>
    withOne(random, nodesOf(document, isScalar), (node) => {
      node.tag = pick(random, [
        '!!str',
        '!!int',
        '!!float',
        '!!binary',
        '!mine',
        '!!set',
        '!!timestamp',
        '!!null',
      ]);
    }),
  (random, document) =>
    withOne(random, nodesOf(document, isMap), (map) => {
      const other = pick(random, nodesOf(document, isMap));
      if (isWithin(other, map)) return;
      map.items.push(new Pair(new Scalar('<<'), document.createAlias(other, 'merged')));
    }),
  (random, document) =>
    withOne(random, pairsOf(document), ([, pair]) => {
      let deep: unknown = pick(random, values);
      for (let left = random.integer(90); left > 0; left--)
        deep = random.integer(2) === 0 ? [deep] : {a: deep};
      pair.value = document.createNode(deep);
    }),
];

function renamed(random: Random, name: string): string {
  const at = random.integer(name.length + 1);
  const others = [
    'uses',
    'with',
    'inputs',
    'matrix',
    'run',
    'outputs',
    'include',
    'exclude',
    '__proto__',
    'constructor',
  ];
  switch (random.integer(5)) {
    case 0:
      return name.slice(0, at) + name.slice(at + 1);
    case 1:
      return `${name.slice(0, at)}${pick(random, ['x', 'é', ' ', '.', '[', '\u0000', '-'])}${name.slice(at)}`;
    case 2:
      return name.toUpperCase();
    default:
      return pick(random, others);
  }
}

const reference = /^(?<stage>[\w-]+)\.(?<output>[\w-]+)(?<selection>\[.*\])?$/;

function referencesIn(document: Document): readonly Scalar<string>[] {
  return nodesOf(document, isText).filter(({value}) => reference.test(value));
}

/** Redirects a reference to another stage, possibly a later one, to another output, or to other points. */
function leadAstray(random: Random, document: Document, node: Scalar<string>): void {
  const {stage = '', output = '', selection = ''} = reference.exec(node.value)!.groups!;
  const stages = document.get('stages');
  const names = isMap(stages) ? stages.items.map(({key}) => String(key)) : [];
  const outputs = ['out', 'table', 'dataset', 'synthetic', 'scores', 'transform', 'text'];
  const selections = [
    '',
    '[*]',
    '[n=*]',
    '[n=0]',
    '[p=1]',
    '[p=9,q=*]',
    '[]',
    '[n=0|1]',
    '[n="0"]',
    '[',
    '[p=1][q=1]',
  ];
  switch (random.integer(4)) {
    case 0:
      if (names.length > 0) node.value = `${pick(random, names)}.${output}${selection}`;
      break;
    case 1:
      node.value = `${stage}.${pick(random, outputs)}${selection}`;
      break;
    case 2:
      node.value = `${stage}.${output}${pick(random, selections)}`;
      break;
    default:
      node.value =
        selection.replaceAll(/\d+/g, (digits) => String(Number(digits) + 1)) || `${stage}${output}`;
  }
}

import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {InternalError} from '../../../src/base/internal-error.ts';
import {
  graphModel,
  type GraphModel,
  type GraphNode,
} from '../../../src/pipeline/graph/graph-model.ts';
import {graphSvg} from '../../../src/report/text/graph-svg.ts';
import {graphText} from '../../../src/report/text/graph-text.ts';
import {loadTexts, outputOf} from '../../support/texts/load-text.ts';
import {parseXml, withDescendants, type XmlElement} from '../../support/texts/xml.ts';

/** The content of a drawing as a person reads it. */
interface Drawing {
  readonly title: string;
  /** The texts in each node, by the node's tooltip. */
  readonly nodes: ReadonlyMap<string, readonly string[]>;
  readonly edges: readonly string[];
  readonly clusters: readonly string[];
}

async function draw(model: GraphModel): Promise<XmlElement> {
  return parseXml(await graphSvg(graphText(model, 'dot')));
}

function readDrawing(svg: XmlElement): Drawing {
  const groups = (kind: string): readonly XmlElement[] =>
    withDescendants(svg).filter(({attributes}) => attributes.get('class') === kind);
  const texts = ({children}: XmlElement, name = 'text'): readonly string[] =>
    children.filter((child) => child.name === name).map(({text}) => spaced(text));
  const title = (group: XmlElement): string => texts(group, 'title')[0]!;
  const nodes = groups('node').map((node) => [title(node), texts(node)] as const);
  assert.equal(new Set(nodes.map(([name]) => name)).size, nodes.length);
  return {
    title: title(groups('graph')[0]!),
    nodes: new Map(nodes),
    edges: groups('edge').map(title).sort(),
    clusters: groups('cluster')
      .flatMap((cluster) => texts(cluster))
      .sort(),
  };
}

/** Gives the content that a drawing of the graph must have. */
function expected({name, nodes, edges}: GraphModel): Drawing {
  const paths = Array.from(nodes.values(), ({within}) =>
    within.map((_, depth) => within.slice(0, depth + 1)),
  );
  const clusters = new Map(paths.flat().map((path) => [JSON.stringify(path), path.at(-1)!]));
  const label = ({label, count}: GraphNode): string => label + (count > 1 ? ` ×${count}` : '');
  return {
    title: shown(name),
    nodes: new Map(
      Array.from(nodes, ([name, node]) => [shown(name), [shown(label(node)), shown(node.type)]]),
    ),
    edges: edges.map(([from, to]) => `${shown(from)}->${shown(to)}`).sort(),
    clusters: [...clusters.values()].map(shown).sort(),
  };
}

/** Replaces characters that XML cannot contain by escapes. */
function shown(text: string): string {
  const characters = Array.from(text, (character) =>
    /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(character)
      ? `\\u{${character.codePointAt(0)!.toString(16)}}`
      : character,
  );
  return spaced(characters.join(''));
}

/** Replaces the non-breaking spaces that Graphviz writes for the second of two spaces. */
function spaced(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

const pipelines: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  flat: {
    'p.yaml': `
stages:
  data: {uses: make}
  expert: {uses: train, matrix: {seed: [1, 2, 3]}, inputs: {dataset: data.dataset}, with: {model: VGG11, seed: '\${matrix.seed}'}}
`,
  },
  nested: {
    'p.yaml': `
params: {}
stages:
  data: {uses: make}
  outer: {uses: ./q.yaml, matrix: {k: [1, 2]}}
`,
    'q.yaml': `
stages:
  inner: {uses: ./r.yaml, matrix: {path: [a/b, 'c"d']}}
outputs: {picture: 'inner.picture[path=a/b]'}
`,
    'r.yaml': `
stages:
  data: {uses: make}
  look: {uses: train, inputs: {dataset: data.dataset}, with: {model: VGG11}}
outputs: {picture: data.picture}
`,
  },
  hostile: {
    'p.yaml': `
name: '<svg onload="x"> "q" \\c --> &lt;'
stages:
  data:
    uses: make
    matrix:
      v: [<script>alert(1)</script>, a&lt;b&amp;c, "q\\"'q", 日本語 é 🦊, 'back\\slash\\N\\n', "two\\nlines\\x07\\x85", '--> ]]>', 'a  b', 'end\\', '\${x}']
`,
  },
};

for (const [name, texts] of Object.entries(pipelines)) {
  for (const instances of [false, true]) {
    test(`Graphviz draws the ${name} pipeline${instances ? ', every instance' : ''}`, async () => {
      const loaded = await loadTexts(texts);
      assert.ok(loaded.kind === 'ok', outputOf(loaded));
      const model = graphModel(loaded.graph, {instances});
      assert.deepEqual(readDrawing(await draw(model)), expected(model));
    });
  }
}

const text = fc.oneof(
  fc.string({minLength: 1, unit: 'binary'}),
  fc.string({
    minLength: 1,
    unit: fc.constantFrom(...Array.from('"\\<>&;#=[]/{}|-: \n\0nNlG\u{85}\u{fffe}a')),
  }),
);
const node = fc.record({
  label: text,
  type: text,
  count: fc.integer({min: 1, max: 3}),
  within: fc.array(fc.constantFrom('a', 'b', '<"\\', '&amp;'), {maxLength: 3}),
});
const model: fc.Arbitrary<GraphModel> = fc
  .record({
    name: text,
    nodes: fc.uniqueArray(fc.tuple(text, node), {
      minLength: 1,
      maxLength: 6,
      selector: ([name]) => shown(name),
    }),
    arrows: fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), {selector: String, maxLength: 8}),
  })
  .map(({name, nodes, arrows}) => ({
    name,
    nodes: new Map(nodes),
    edges: arrows
      .filter(([from, to]) => from < to && to < nodes.length)
      .map(([from, to]) => [nodes[from]![0], nodes[to]![0]] as const),
  }));

test('Graphviz draws stages under their names, whatever characters they have', async () => {
  await fc.assert(
    fc.asyncProperty(model, async (model) => {
      assert.deepEqual(readDrawing(await draw(model)), expected(model));
    }),
  );
});

test('a nested pipeline says how many of it there are, where its instances are drawn as one', async () => {
  const loaded = await loadTexts(pipelines['nested']!);
  assert.ok(loaded.kind === 'ok', outputOf(loaded));
  const {clusters} = readDrawing(await draw(graphModel(loaded.graph, {instances: false})));
  assert.deepEqual(clusters, ['inner ×4', 'outer ×2']);
});

test('more nodes than fit beside each other are drawn below each other', async () => {
  const fan = (count: number): GraphModel => {
    const names = Array.from({length: count}, (_, index) => `node ${index}`);
    const node = (label: string): readonly [string, GraphNode] => [
      label,
      {label, type: 'any', count: 1, within: []},
    ];
    return {
      name: 'fan',
      nodes: new Map(['start', ...names, 'end'].map(node)),
      edges: names.flatMap((name) => [['start', name] as const, [name, 'end'] as const]),
    };
  };
  for (const [count, isWide] of [
    [10, false],
    [11, true],
    [200, true],
  ] as const) {
    const {attributes} = await draw(fan(count));
    const [width, height] = ['width', 'height'].map((name) =>
      Number.parseFloat(attributes.get(name)!),
    );
    assert.equal(width! < height!, isWide, `${count}: ${width} × ${height}`);
    assert.match(graphText(fan(count), 'mermaid'), isWide ? /^flowchart LR\n/ : /^flowchart TD\n/);
  }
});

test('a drawing holds shapes and text, and refers to nothing outside it', async () => {
  const loaded = await loadTexts(pipelines['hostile']!);
  assert.ok(loaded.kind === 'ok');
  const svg = withDescendants(await draw(graphModel(loaded.graph, {instances: true})));
  const names = new Set(svg.map(({name}) => name));
  assert.deepEqual([...names].sort(), ['g', 'path', 'polygon', 'svg', 'text', 'title']);
  const attributes = new Set(svg.flatMap(({attributes}) => [...attributes.keys()]));
  const active = [...attributes].filter((name) => /^on|href|style|src/i.test(name));
  assert.deepEqual(active, []);
});

test('a graph that Graphviz does not understand is a bug of ours', async () => {
  await assert.rejects(graphSvg('digraph {'), InternalError);
});

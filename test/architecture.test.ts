import assert from 'node:assert/strict';
import {accessSync, constants, readFileSync, readdirSync} from 'node:fs';
import {isBuiltin} from 'node:module';
import path from 'node:path';
import {test} from 'node:test';

/**
 * Which files may import which. The first row whose pattern matches a file applies to it. A file may import what
 * matches any pattern in the row's `may`, and, lazily (by `import()`), also what matches its `lazily`. Every file needs
 * a row.
 */
interface Row {
  readonly files: RegExp;
  readonly may: readonly RegExp[];
  readonly lazily?: readonly RegExp[];
}

const folder = (name: string): RegExp => new RegExp(`^${name}/`);
const base = folder('src/base');
const diagnostics = folder('src/diagnostics');
const document = folder('src/document');
const formats = folder('src/formats');
const contract = folder('src/contract');
const plugins = folder('src/plugins');
const pipeline = folder('src/pipeline');
const store = folder('src/store');
const inspect = folder('src/inspect');
const plan = folder('src/plan');
const remote = folder('src/remote');
const cluster = folder('src/cluster');
const worker = folder('src/worker');
const journal = folder('src/journal');
const schedule = folder('src/schedule');
/** The interface that each executor implements, and the device requests that it receives. */
const executorInterface = /^src\/schedule\/(executor|device-request)\.ts$/;
const executors = folder('src/executors');
const local = folder('src/executors/local');
const report = folder('src/report');
const exporting = folder('src/export');
const compare = folder('src/compare');
const cli = folder('src/cli');
const pageModel = folder('src/page/model');
const page = folder('src/page/browser');
/**
 * Modules that both the program and the browser's code of pages use: the types of a page's parts, and how numbers are
 * written.
 */
const pageParts =
  /^src\/(page\/model\/(parts|runs\/runs-parts)|report\/format\/duration|pipeline\/graph\/stage-of)\.ts$/;
/** The module that plugins import. */
const publicModule = /^src\/stage\.ts$/;
const wasm = folder('src/wasm');
const tensor = folder('src/tensor');
const fetching = folder('src/fetch');
const learning = folder('src/learning');
/** The learning library without the methods of distillation, which are folders in `distillation`. */
const methodless = /^src\/learning\/(?!distillation\/[^/]+\/)/;
const registry = /^stages\/registry\.ts$/;
/** What the command line knows of learning, as data, and the light part of the stage types that import files. */
const offers = /^stages\/(offers|exchange\/(imports|evaluation))\.ts$/;
const exchange = folder('stages/exchange');
/** The measurement of this machine's speed, for estimates. */
const calibration = /^stages\/shared\/calibration\.ts$/;
const engines = /^src\/tensor\/engines\/engines\.ts$/;
/** Code that contracts share. It loads as quickly as they do. */
const parameters =
  /^stages\/shared\/(media|parameters|network-names|named-datasets|local-paths|protocols|image-facts|image-faults|buffer-faults|sharing-faults|distilling\/(contract-parts|faults|start-faults))\.ts$/;
/** Checks and facts of a single stage type, which are loaded with its contract. */
const checks = /^stages\/(?!shared\/)[^/]+\/(check|facts|source-faults)\.ts$/;
/** Code that several stage types share. */
const shared = folder('stages/shared');
const costs = /^stages\/costs\.ts$/;
const costModels = /^stages\/[^/]+\/(cost|find-facts)\.ts$/;
const contracts = /^stages\/[^/]+\/contract\.ts$/;
const front = [base, diagnostics, document, contract, pipeline];

const table: readonly Row[] = [
  {files: base, may: [base]},
  {files: formats, may: [base, formats]},
  {files: diagnostics, may: [base, diagnostics]},
  {files: document, may: [base, diagnostics, document]},
  {files: contract, may: [base, diagnostics, document, contract]},
  {files: plugins, may: [base, diagnostics, document, contract, plugins]},
  {files: pipeline, may: [...front, plugins]},
  {files: store, may: [base, contract, formats, store]},
  {files: inspect, may: [base, contract, formats, store, inspect]},
  {files: plan, may: [base, contract, pipeline, store, plan]},
  {files: remote, may: [...front, store, plan, remote]},
  {files: cluster, may: [...front, store, plan, remote, journal, cluster]},
  {files: /^src\/worker\/main\.ts$/, may: [base, contract, store, worker, registry]},
  {files: worker, may: [base, contract, plugins, store, worker]},
  {files: journal, may: [base, contract, pipeline, store, plan, worker, journal]},
  {
    files: schedule,
    may: [base, contract, pipeline, store, plan, remote, worker, journal, schedule],
  },
  {files: local, may: [base, contract, store, worker, executorInterface, local]},
  {
    files: compare,
    may: [base, contract, formats, pipeline, store, plan, journal, inspect, compare],
  },
  {
    files: report,
    may: [
      base,
      contract,
      pipeline,
      store,
      plan,
      cluster,
      worker,
      journal,
      schedule,
      inspect,
      compare,
      report,
    ],
  },
  {
    files: pageModel,
    may: [base, contract, pipeline, store, plan, journal, inspect, compare, report, pageModel],
  },
  {
    files: exporting,
    may: [...front, formats, store, worker, journal, inspect, exporting],
  },
  {
    files: cli,
    may: [
      ...front,
      store,
      plan,
      remote,
      cluster,
      worker,
      journal,
      schedule,
      executors,
      inspect,
      compare,
      report,
      pageModel,
      exporting,
      cli,
      registry,
      offers,
    ],
  },
  {files: publicModule, may: [base, contract]},
  {files: page, may: [page, pageParts]},
  {files: wasm, may: [wasm]},
  {files: tensor, may: [base, wasm, tensor]},
  {files: fetching, may: [base, formats, fetching]},
  {files: methodless, may: [base, formats, fetching, wasm, tensor, methodless]},
  {files: learning, may: [base, formats, fetching, wasm, tensor, learning]},
  {
    files: registry,
    may: [base, contract, contracts],
    lazily: [/^stages\/[^/]+\/run\.ts$/, costs],
  },
  {
    files: offers,
    may: [base, contract, engines, parameters, offers],
    lazily: [exchange, calibration],
  },
  {files: contracts, may: [base, contract, parameters, checks]},
  {files: checks, may: [base, contract, parameters, checks]},
  {files: parameters, may: [base, contract, parameters]},
  {files: costs, may: [contract, costModels, shared]},
  {files: shared, may: [base, formats, contract, fetching, tensor, methodless, shared]},
  // A stage type may also import its own folder: `mayImport` adds it.
  {
    files: folder('stages/[^/]+'),
    may: [base, formats, contract, fetching, tensor, learning, shared],
  },
];

/** Packages that are loaded only when they are needed, because they load slowly. */
const heavy = /^(@tensorflow\/|@viz-js\/|apache-arrow$|webgpu$)/;

interface Import {
  readonly line: number;
  readonly text: string;
  /** A path relative to the root of the repository, or the name of a package. */
  readonly target: string;
  readonly kind: 'value' | 'type' | 'lazy';
}

const root = path.join(import.meta.dirname, '../..');

/** Reads the TypeScript files of `src` and `stages`; gives their texts by path. */
function readSources(): ReadonlyMap<string, string> {
  const files = ['src', 'stages'].flatMap((folder) => {
    const names = readdirSync(path.join(root, folder), {recursive: true, encoding: 'utf8'});
    return names.filter((name) => /\.tsx?$/.test(name)).map((name) => `${folder}/${name}`);
  });
  return new Map(files.sort().map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
}

function importsOf(file: string, text: string): readonly Import[] {
  const statement = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
  const lazy = /\bimport\(\s*'([^']+)'\s*\)/g;
  const found = (match: RegExpExecArray, name: string, kind: Import['kind']): Import => ({
    line: text.slice(0, match.index).split('\n').length,
    text: match[0].replace(/\s+/g, ' '),
    target: name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name,
    kind,
  });
  return [
    ...Array.from(text.matchAll(statement), (m) => found(m, m[2]!, m[1] ? 'type' : 'value')),
    ...Array.from(text.matchAll(lazy), (m) => found(m, m[1]!, 'lazy')),
  ];
}

/** Gives every import that the table does not allow, as `file:line: the import`. */
function badArrows(sources: ReadonlyMap<string, string>): readonly string[] {
  return Array.from(sources).flatMap(([file, text]) => {
    const row = table.find(({files}) => files.test(file));
    if (row === undefined) return [`${file}: no row of the table is about this file`];
    return importsOf(file, text)
      .filter((found) => /^(src|stages)\//.test(found.target) && !mayImport(file, row, found))
      .map((found) => `${file}:${found.line}: ${found.text}`);
  });
}

function mayImport(file: string, row: Row, {target, kind}: Import): boolean {
  const stage = /^stages\/[^/]+\//.exec(file)?.[0];
  if (stage !== undefined && !contracts.test(file) && target.startsWith(stage)) return true;
  const allowed = kind === 'lazy' ? [...row.may, ...(row.lazily ?? [])] : row.may;
  return allowed.some((pattern) => pattern.test(target));
}

/** Gives the files that import themselves through other files, type imports included. */
function filesOnCircles(sources: ReadonlyMap<string, string>): readonly string[] {
  const next = new Map(
    Array.from(sources, ([file, text]) => [file, importsOf(file, text).map(({target}) => target)]),
  );
  return [...sources.keys()].filter((file) => {
    const reached = new Set(next.get(file));
    for (const one of reached) next.get(one)?.forEach((target) => reached.add(target));
    return reached.has(file);
  });
}

/** Gives the chains of imports by which a file loads a heavy package at its start, as `file → file → package`. */
function heavyWays(sources: ReadonlyMap<string, string>, from: string): readonly string[] {
  const wayTo = new Map([[from, from]]);
  const ways: string[] = [];
  for (const [file, way] of wayTo) {
    for (const {target, kind} of importsOf(file, sources.get(file) ?? '')) {
      if (kind !== 'value') continue;
      if (heavy.test(target)) ways.push(`${way} → ${target}`);
      else if (sources.has(target) && !wayTo.has(target)) wayTo.set(target, `${way} → ${target}`);
    }
  }
  return ways;
}

/** Words that the runner must not contain: media of learning, engines, and names from the official program. */
const wordsOfLearning = new RegExp(
  [
    // Whole words.
    String.raw`\b(dataset|trajector(?:y|ies)|synthetic|wasm|tfjs|webgpu|ConvNet|official|MTT)\b`,
    String.raw`\b(Grand_Loss|Start_Epoch|Synthetic_|Reconstructed_|Max_Accuracy|Max_Std)`,
    String.raw`\b(replay_buffer|images_best|labels_best)`,
    // Words that also have other meanings. They are matched only in quotes.
    `'(transform|buffer|metrics|histograms|pictures|scores)'`,
  ].join('|'),
  'g',
);

/** Places where such a word means something else. */
const otherMeanings: readonly {
  readonly file: string;
  readonly word: string;
  readonly because: string;
}[] = [
  {
    file: 'src/page/browser/theme.ts',
    word: 'dataset',
    because: 'attributes of an element of the page',
  },
  {
    file: 'src/formats/pictures/webp.ts',
    word: 'wasm',
    because: 'the ending of a file of its decoder',
  },
  {file: 'src/page/browser/run-page.tsx', word: "'histograms'", because: 'the name of a section'},
  {
    file: 'src/page/model/gallery-parts.ts',
    word: "'pictures'",
    because: 'the type of a field of figures',
  },
  {
    file: 'src/formats/pictures/jpeg.ts',
    word: 'wasm',
    because: 'a decoder of pictures in WebAssembly',
  },
];

/** Gives the words of learning in the runner's code, without comments, as `file:line: the word`. */
function strayWords(sources: ReadonlyMap<string, string>): readonly string[] {
  return Array.from(sources).flatMap(([file, text]) => {
    if (!file.startsWith('src/') || [learning, tensor, wasm].some((half) => half.test(file)))
      return [];
    const code = withoutComments(text);
    return Array.from(code.matchAll(wordsOfLearning)).flatMap(({0: word, index}) => {
      if (otherMeanings.some((other) => other.file === file && other.word === word)) return [];
      return `${file}:${code.slice(0, index).split('\n').length}: ${word}`;
    });
  });
}

/** The code of a file; its lines keep their numbers. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[^]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/(^|[^\S\n])\/\/.*$/gm, '');
}

/** Gives the powers, other than squares and powers of two, in code that computes results, as `file:line: the power`. */
function inexactPowers(sources: ReadonlyMap<string, string>): readonly string[] {
  const computes = /^(stages|src\/learning|src\/tensor\/(?!engines\/(gpu|opencl|webgpu)\/))/;
  const power = /\bMath\.pow\b|(?<!(?<![\w.])2 ?)\*\*(?! ?2\b(?!\.))/g;
  return Array.from(sources).flatMap(([file, text]) => {
    if (!computes.test(file)) return [];
    const lines = withoutComments(text).split('\n');
    return lines.flatMap((line, at) =>
      Array.from(line.matchAll(power), () => `${file}:${at + 1}: ${line.trim()}`),
    );
  });
}

test('no result depends on a power that another version of Node.js rounds otherwise', () => {
  assert.deepEqual(inexactPowers(readSources()), []);
});

test('imports point one way, by the table', () => {
  assert.deepEqual(badArrows(readSources()), []);
});

test('the runner knows no media of learning, no engine and no name of the official program', () => {
  assert.deepEqual(strayWords(readSources()), []);
});

test('no file imports itself by way of others, types included', () => {
  assert.deepEqual(filesOnCircles(readSources()), []);
});

test('nothing heavy is loaded before a command asks for it', () => {
  assert.deepEqual(heavyWays(readSources(), 'src/cli/main.ts'), []);
});

/** What esbuild reports of a file that it wrote. */
interface BundledFile {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly imports: readonly {
    readonly path: string;
    readonly kind: string;
    readonly external?: boolean;
  }[];
}

const {outputs} = JSON.parse(readFileSync(path.join(root, 'dist/bundle.json'), 'utf8')) as {
  readonly outputs: Readonly<Record<string, BundledFile>>;
};

test('the start of a bundled program loads few files and no package', () => {
  for (const entry of ['src/cli/main', 'src/worker/main', 'stages/registry']) {
    const files = new Set([`dist/bundle/${entry}.js`]);
    const packages = new Set<string>();
    for (const file of files) {
      for (const {path, kind, external} of outputs[file]!.imports) {
        if (kind !== 'import-statement') continue;
        if (external !== true) files.add(path);
        else if (!isBuiltin(path)) packages.add(path);
      }
    }
    assert.deepEqual([...packages], [], entry);
    assert.ok(files.size <= 14, `${entry}: ${[...files].join(', ')}`);
  }
});

test('a run with nothing to do loads neither stage types nor what reads YAML', () => {
  const files = new Set([bundled('src/cli/pipeline/run-again'), 'dist/bundle/src/cli/main.js']);
  for (const file of files) {
    for (const {path, kind} of outputs[file]!.imports) {
      if (kind === 'import-statement' && path in outputs) files.add(path);
    }
  }
  const loaded = [...files].flatMap((file) => Object.keys(outputs[file]!.inputs));
  const heavy = /node_modules\/yaml\/|compiled-checks|stages\/[^/]+\/contract|expand-pipeline/;
  assert.deepEqual(
    loaded.filter((name) => heavy.test(name)),
    [],
  );
  assert.ok(heavy.test('stages/zca/contract.js'));
});

/** The file of the bundle that a module is in. */
function bundled(module: string): string {
  const found = Object.keys(outputs).find((file) => `dist/${module}.js` in outputs[file]!.inputs);
  return found ?? assert.fail(`${module} is not bundled`);
}

test('npm links the bundled program', () => {
  const {bin} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    readonly bin: {readonly pipeline: string};
  };
  assert.deepEqual(bin, {pipeline: 'dist/bundle/src/cli/main.js'});
  accessSync(path.join(root, bin.pipeline), constants.X_OK);
});

test('the checker names a bad import, however it is written', () => {
  const sources = new Map([
    [
      'src/pipeline/a.ts',
      "import {b} from '../base/b.ts';\nimport {\n  x,\n} from '../learning/x.ts';",
    ],
    ['src/base/b.ts', "import type {D} from '../diagnostics/d.ts';\n// import '../store/x.ts'"],
    ['src/store/c.ts', "export {d} from '../plan/d.ts';\nimport fs from 'node:fs';"],
    ['src/cli/d.ts', "const run = () => import('../../stages/zca/run.ts');"],
    ['src/tensor/e.ts', "import '../learning/e.ts';"],
    [
      'stages/registry.ts',
      "import '../src/contract/x.ts';\nconst l = () => import('./zca/run.ts');",
    ],
    ['stages/zca/contract.ts', "import {z} from './run.ts';"],
    [
      'stages/zca/run.ts',
      "import './fit.ts';\nimport '../distill/fit.ts';\nimport '../shared/faults.ts';",
    ],
    ['src/learning/distillation/g.ts', "import './trajectories/h.ts';"],
    ['stages/shared/i.ts', "import '../../src/learning/distillation/trajectories/h.ts';"],
    ['src/schedule/j.ts', "import type {J} from '../executors/local/j.ts';"],
    ['src/executors/local/k.ts', "import {k} from '../slurm/k.ts';\nimport '../../schedule/k.ts';"],
    ['src/report/l.ts', "const load = () => import('../executors/local/l.ts');"],
    ['src/elsewhere/f.ts', ''],
  ]);
  assert.deepEqual(badArrows(sources), [
    "src/pipeline/a.ts:2: import { x, } from '../learning/x.ts'",
    "src/base/b.ts:1: import type {D} from '../diagnostics/d.ts'",
    "src/store/c.ts:1: export {d} from '../plan/d.ts'",
    "src/cli/d.ts:1: import('../../stages/zca/run.ts')",
    "src/tensor/e.ts:1: import '../learning/e.ts'",
    "stages/zca/contract.ts:1: import {z} from './run.ts'",
    "stages/zca/run.ts:2: import '../distill/fit.ts'",
    "src/learning/distillation/g.ts:1: import './trajectories/h.ts'",
    "stages/shared/i.ts:1: import '../../src/learning/distillation/trajectories/h.ts'",
    "src/schedule/j.ts:1: import type {J} from '../executors/local/j.ts'",
    "src/executors/local/k.ts:1: import {k} from '../slurm/k.ts'",
    "src/executors/local/k.ts:2: import '../../schedule/k.ts'",
    "src/report/l.ts:1: import('../executors/local/l.ts')",
    'src/elsewhere/f.ts: no row of the table is about this file',
  ]);
});

test('the checker finds words of learning in code and in texts, and not in comments', () => {
  const sources = new Map([
    ['src/store/a.ts', "/* official */\nconst media = 'scores'; // of a trajectory"],
    ['src/cli/b.ts', "\n// tfjs\nconst engine = 'wasm-precise';\nconst tag = `Grand_Loss`;"],
    ['src/page/browser/theme.ts', "element.dataset['theme'];"],
    ['src/plan/c.ts', 'const {synthetic} = outputs;'],
    ['src/tensor/d.ts', "const name = 'wasm';"],
    ['stages/zca/run.ts', "const name = 'dataset';"],
  ]);
  assert.deepEqual(strayWords(sources), [
    "src/store/a.ts:2: 'scores'",
    'src/cli/b.ts:3: wasm',
    'src/cli/b.ts:4: Grand_Loss',
    'src/plan/c.ts:1: synthetic',
  ]);
});

test('the checker finds circles, also those of types and of lazy imports', () => {
  const sources = new Map([
    ['src/learning/a.ts', "import type {B} from './b.ts';"],
    ['src/learning/b.ts', "import {c} from './c.ts';"],
    ['src/learning/c.ts', "import('./a.ts');"],
    ['src/learning/d.ts', "import {a} from './a.ts';"],
  ]);
  const found = ['a', 'b', 'c'].map((name) => `src/learning/${name}.ts`);
  assert.deepEqual(filesOnCircles(sources), found);
});

test('the checker finds powers, but for squares and powers of two, where results are computed', () => {
  const sources = new Map([
    ['src/learning/a.ts', 'x ** 2 + 2 ** n; // x ** 3\nx ** 3;\nx ** 2.5;\n12 ** n;'],
    ['src/tensor/b.ts', 'Math.pow(x, 2);'],
    ['src/tensor/engines/opencl/c.ts', "'void **devices'"],
    ['src/cli/d.ts', '10 ** n'],
  ]);
  assert.deepEqual(inexactPowers(sources), [
    'src/learning/a.ts:2: x ** 3;',
    'src/learning/a.ts:3: x ** 2.5;',
    'src/learning/a.ts:4: 12 ** n;',
    'src/tensor/b.ts:1: Math.pow(x, 2);',
  ]);
});

test('the checker follows what is loaded at once, and neither types nor lazy imports', () => {
  const sources = new Map([
    [
      'src/cli/main.ts',
      "import './a.ts';\nimport type {T} from 'apache-arrow';\nimport('./lazy.ts');",
    ],
    ['src/cli/a.ts', "import {b} from './b.ts';"],
    ['src/cli/b.ts', "import './a.ts';\nimport * as tf from '@tensorflow/tfjs-core';"],
    ['src/cli/lazy.ts', "import {Table} from 'apache-arrow';"],
  ]);
  assert.deepEqual(heavyWays(sources, 'src/cli/main.ts'), [
    'src/cli/main.ts → src/cli/a.ts → src/cli/b.ts → @tensorflow/tfjs-core',
  ]);
});

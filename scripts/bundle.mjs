// Bundles the modules that a process loads at its start into a few files in dist/bundle: loading hundreds of modules
// one by one takes longer than most runs. The folder structure is that of dist, so that a program finds the other parts
// in both.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import {build} from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/**
 * Packages that every command needs, and the hundred files of Apache Arrow, which most workers do. All others stay in
 * node_modules: they are large, native, or needed by some stages only.
 */
const inlined = [
  'apache-arrow',
  'aws4fetch',
  'commander',
  'execa',
  'get-east-asian-width',
  'p-queue',
  'yaml',
];
const {dependencies, optionalDependencies, peerDependencies} = JSON.parse(
  readFileSync(path.join(root, 'package.json'), 'utf8'),
);
const packages = {...dependencies, ...optionalDependencies, ...peerDependencies};

/**
 * Bundles all commands into one module, which is loaded when a command is called: they share most of their code, and
 * esbuild would split that into dozens of files.
 */
const commandsTogether = {
  name: 'commands-together',
  setup({onResolve, onLoad}) {
    const folder = path.join(root, 'dist/src/cli');
    const commands = readdirSync(folder, {recursive: true}).filter((name) =>
      name.endsWith('-command.js'),
    );
    onResolve({filter: /-command\.js$/}, ({kind, resolveDir}) =>
      kind === 'dynamic-import' && !path.relative(folder, resolveDir).startsWith('..')
        ? {path: 'commands', namespace: 'together'}
        : undefined,
    );
    onLoad({filter: /^commands$/, namespace: 'together'}, () => ({
      contents: commands.map((name) => `export * from './${name}';\n`).join(''),
      resolveDir: folder,
    }));
  },
};

/** The entry of workers, and the modules that they load beside it. */
const workerParts = [
  'dist/src/worker/main.js',
  'dist/src/stage.js',
  'dist/src/learning/products/product-worker.js',
];

const options = {
  absWorkingDir: root,
  outbase: 'dist',
  outdir: 'dist/bundle',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: Object.keys(packages).filter((name) => !inlined.includes(name)),
  // CommonJS packages import Node's own modules by `require`.
  banner: {
    js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  // Names stay readable in stacks.
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
};

// Bundled separately, since the parts that both need would be split into many small files.
const programs = await Promise.all([
  build({...options, entryPoints: ['dist/src/cli/main.js'], plugins: [commandsTogether]}),
  build({
    ...options,
    entryPoints: [
      ...workerParts,
      'dist/stages/registry.js',
      'dist/stages/shared/engine-probe.js',
      'dist/stages/shared/own-data/write-own-pipeline.js',
    ],
  }),
]);

// The program of the tests' rig, with the stage types of tests. Tests call it some thousand times.
const testOptions = {...options, outdir: 'dist/test-bundle'};
const support = readdirSync(path.join(root, 'dist/test/support/registries'))
  .filter((name) => /-(registry|probe)\.js$/.test(name))
  .map((name) => `dist/test/support/registries/${name}`);
await Promise.all([
  build({
    ...testOptions,
    entryPoints: [
      ...['cli', 'in-process'].map((name) => `dist/test/support/program/${name}.js`),
      'dist/test/support/rigs/crashing-run.js',
    ],
    plugins: [commandsTogether],
  }),
  build({
    ...testOptions,
    entryPoints: [...workerParts, ...support, 'dist/test/support/program/gate-program.js'],
  }),
]);

// The import graph, for test/architecture.test.ts.
const outputs = Object.assign({}, ...programs.map(({metafile}) => metafile.outputs));
writeFileSync(path.join(root, 'dist/bundle.json'), JSON.stringify({outputs}));

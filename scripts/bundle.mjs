// Puts what a process loads at its start into a few files, in dist/bundle: loading hundreds of modules one by one takes
// longer than most runs. The folders are those of dist, so that a program finds the others in both alike.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import {build} from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What every command needs. All else stays where npm puts it: large, native, or loaded by some stages only. */
const inlined = ['commander', 'execa', 'get-east-asian-width', 'p-queue', 'yaml'];
const {dependencies} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/**
 * One module of all commands, loaded when one is asked for: they share most of their code, and esbuild would cut that
 * into dozens of files, by who shares what with whom.
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

/** What workers load, and what they find beside it. */
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
  external: Object.keys(dependencies).filter((name) => !inlined.includes(name)),
  // Packages in CommonJS get Node's own modules by `require`.
  banner: {
    js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  // Names stay: stacks are read by people.
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
};

// Apart from each other, since what both need would be cut into many small files.
const programs = await Promise.all([
  build({...options, entryPoints: ['dist/src/cli/main.js'], plugins: [commandsTogether]}),
  build({
    ...options,
    entryPoints: [...workerParts, 'dist/stages/registry.js', 'dist/stages/shared/engine-probe.js'],
  }),
]);

// The program of the tests' rig, with the stage types of tests. It is started some thousand times.
const testOptions = {...options, outdir: 'dist/test-bundle'};
const support = readdirSync(path.join(root, 'dist/test/support/registries'))
  .filter((name) => /-(registry|probe)\.js$/.test(name))
  .map((name) => `dist/test/support/registries/${name}`);
await Promise.all([
  build({
    ...testOptions,
    entryPoints: ['dist/test/support/rigs/cli.js'],
    plugins: [commandsTogether],
  }),
  build({
    ...testOptions,
    entryPoints: [...workerParts, ...support, 'dist/test/support/rigs/gate-program.js'],
  }),
]);

// What imports what, for test/architecture.test.ts.
const outputs = Object.assign({}, ...programs.map(({metafile}) => metafile.outputs));
writeFileSync(path.join(root, 'dist/bundle.json'), JSON.stringify({outputs}));

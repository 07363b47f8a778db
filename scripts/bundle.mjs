// Bundles the modules that a process loads at its start into a few files in dist/bundle: loading hundreds of modules
// one by one takes longer than most runs. The folder structure is that of dist, so that a program finds the other parts
// in both.
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import {build} from 'esbuild';
import {writeLicences} from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Until all modules are written, no build has a name.
for (const folder of ['bundle', 'test-bundle']) {
  rmSync(path.join(root, 'dist', folder, 'build.txt'), {force: true});
}
/**
 * What npm installs beside this package: data, native code, what loads by path or seldom. All other packages are bundled,
 * so that a user's project need not have them.
 */
const {dependencies, optionalDependencies, peerDependencies} = JSON.parse(
  readFileSync(path.join(root, 'package.json'), 'utf8'),
);
const installed = {...dependencies, ...optionalDependencies, ...peerDependencies};

/** The commands that are called most, and share much code with each other. */
const daily = ['run-command.js', 'plan-command.js', 'validate-command.js'];

/** What every command begins with, so that it is one file: esbuild makes one of all that the same entries reach. */
const start = [
  'run-cli.js',
  'world.js',
  'installation.js',
  'project/apply-project.js',
  'pipeline/run-again.js',
];

/**
 * Bundles commands into two modules, one of which is loaded when a command is called: they share most of their code, and
 * esbuild would split that into dozens of files. What else is loaded on demand comes after the start, too.
 */
const commandsTogether = {
  name: 'commands-together',
  setup({onResolve, onLoad}) {
    const folder = path.join(root, 'dist/src/cli');
    const commands = readdirSync(folder, {recursive: true}).filter((name) =>
      name.endsWith('-command.js'),
    );
    const isDaily = (name) => daily.includes(path.basename(name));
    onResolve({filter: /^\..*\.js$/}, ({kind, path: name, resolveDir}) => {
      if (kind !== 'dynamic-import') return undefined;
      const group = isDaily(name) ? 'daily' : 'commands';
      const target = path.relative(folder, path.join(resolveDir, name));
      return {path: /^[^.].*-command\.js$/.test(target) ? group : target, namespace: 'together'};
    });
    onLoad({filter: /.*/, namespace: 'together'}, ({path: target}) => {
      const group = commands.filter((name) => isDaily(name) === (target === 'daily'));
      const modules = target.endsWith('.js') ? [target] : group;
      const contents = [
        ...start.map((name) => `import './${name}';\n`),
        ...modules.map((name) => `export * from './${name}';\n`),
      ].join('');
      return {contents, resolveDir: folder};
    });
  },
};

/**
 * Takes what is imported of `node:process` from the global object. An import reads all properties of the process, and so
 * opens standard input, which takes longer than a thousand look-ups.
 */
const bareProcess = {
  name: 'bare-process',
  setup({onResolve, onLoad}) {
    const names = ['arch', 'chdir', 'cwd', 'env', 'getegid', 'geteuid', 'kill'];
    // Node.js 22 has this function from 22.3 on.
    const getBuiltinModule =
      "import {createRequire} from 'node:module';\n" +
      'export const getBuiltinModule = process.getBuiltinModule ?? createRequire(import.meta.url);\n';
    onResolve({filter: /^node:process$/}, ({importer}) =>
      importer.includes('node_modules') ? undefined : {path: 'process', namespace: 'bare'},
    );
    onLoad({filter: /^process$/, namespace: 'bare'}, () => ({
      contents: ['platform', 'version', ...names]
        .map((name) => `export const ${name} = process.${name};\n`)
        .concat(getBuiltinModule, 'export default process;\n')
        .join(''),
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
  external: Object.keys(installed),
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
  plugins: [bareProcess],
};

// Bundled separately, since the parts that both need would be split into many small files.
const programs = await Promise.all([
  build({
    ...options,
    entryPoints: ['dist/src/cli/main.js'],
    plugins: [bareProcess, commandsTogether],
  }),
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
const testPrograms = await Promise.all([
  build({
    ...testOptions,
    entryPoints: [
      ...['cli', 'in-process'].map((name) => `dist/test/support/program/${name}.js`),
      'dist/test/support/rigs/crashing-run.js',
    ],
    plugins: [bareProcess, commandsTogether],
  }),
  build({
    ...testOptions,
    entryPoints: [...workerParts, ...support, 'dist/test/support/program/gate-program.js'],
  }),
]);

// The import graph, for test/architecture.test.ts.
const outputsOf = (built) => Object.assign({}, ...built.map(({metafile}) => metafile.outputs));
const outputs = outputsOf(programs);
writeFileSync(path.join(root, 'dist/bundle.json'), JSON.stringify({outputs}));
// The kernels contain parts of AssemblyScript's library.
writeLicences('dist/bundle/licences.txt', outputs, ['node_modules/assemblyscript']);
writeBuild('dist/bundle', outputs);
writeBuild('dist/test-bundle', outputsOf(testPrograms));

/** Writes what tells a bundle from every other one: the digest of its modules. */
function writeBuild(folder, modules) {
  const sha256 = createHash('sha256');
  for (const name of Object.keys(modules).sort()) {
    if (name.endsWith('.js'))
      sha256.update(`${name}\0`).update(readFileSync(path.join(root, name)));
  }
  writeFileSync(path.join(root, folder, 'build.txt'), `${sha256.digest('hex')}\n`);
}

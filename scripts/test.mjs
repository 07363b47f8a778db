// Runs the built tests: node:test needs explicit files on Node 20.
// Usage: node scripts/test.mjs [--fast] [--again] [words…]: runs only files whose path contains one of the words; with
// --fast, no files that drive the real program, a browser or an engine; with --again, files that fail (at most three) a
// second time, alone, and says which of them passed.
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {run} from 'node:test';
import {spec, tap} from 'node:test/reporters';
import {fileURLToPath} from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);
const words = given.filter((word) => !word.startsWith('--'));
/** Files with a process of their own: they start programs, servers or engines, and take seconds each. */
const slow =
  /^(cli|pipelines|page|reference|fuzz|interchange|executors)\/|^(support\/)?cluster\/(engines\/(slurm|ssh)|rigs)\.|^tensor\/(engines|compile\/gpu\/planes\/devices\b)|^store\/(power-cut|failpoints|gc)\b|^schedule\/laws\b/;
/** Parts of engines that are tested without a device. */
const deviceFree =
  /^tensor\/engines\/(gpu\/|auto\/|opencl\/(choose-device|cl-error)\.|webgpu\/(backlog|dawn|faults|vulkan|which-adapter)\.)/;
const alone = {test: (file) => slow.test(file) && !deviceFree.test(file)};
const isFast = (file) => !alone.test(file) && !/^(learning|stages)\//.test(file);
const files = readdirSync(path.join(root, 'dist/test'), {recursive: true})
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => !given.includes('--fast') || isFast(file))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`No test file matches ${words.join(' ')}; did you build?`);
  process.exit(2);
}
process.chdir(root);
// The processes of the tests get it.
process.execArgv.push('--enable-source-maps');
// From the back of the alphabet: engines take minutes and commands seconds, so that both cores are busy until the end.
const processes = [...files.filter((file) => alone.test(file)), ...rooms()].sort().reverse();
// Many tests wait for servers and signals, so three files run on two cores.
const failed = await failing(processes, 3);
// More than three fail for a reason that a second run does not take away. Of tests that a suite declares for several
// files nobody knows which file failed.
const areKnown = failed.every((name) => processes.includes(name) || files.includes(name));
const repeats = given.includes('--again') && areKnown && failed.length <= 3 ? failed : [];
const failedAgain = repeats.length === 0 ? failed : await failing(repeats, 1);
for (const file of repeats.filter((name) => !failedAgain.includes(name))) {
  console.log(`# passed only when it ran again: ${file}`);
}
if (failedAgain.length > 0) process.exitCode = 1;

/** Runs files and prints what they say. Returns those with a test that failed. */
async function failing(names, concurrency) {
  const found = new Set();
  // The slowest file takes three minutes on a quiet machine: one that hangs fails, by its name.
  const timeout = 20 * 60_000;
  const paths = names.map((name) => path.resolve('dist/test', name));
  const printed = run({files: paths, concurrency, timeout})
    .on('test:fail', ({todo, file, name}) => {
      if (todo === undefined || todo === false) found.add(builtName(file ?? name));
    })
    .compose(process.stdout.isTTY ? new spec() : tap);
  for await (const text of printed) process.stdout.write(text);
  return [...found];
}

/**
 * The name of a built file among those that are run: a test tells the file of its source. A file that ends without a word
 * is a failed test with the built file's path as its name.
 */
function builtName(file) {
  const source = path.relative('test', file);
  if (!source.startsWith('..')) return source.replace(/\.ts$/, '.js');
  return path.relative('dist/test', file);
}

/**
 * Writes a module for each room that imports its other files, whose tests then run in one process, one after the other:
 * starting a process takes longer than most of them.
 */
function rooms() {
  const byRoom = new Map();
  for (const file of files.filter((file) => !alone.test(file))) {
    const room = file.includes('/') ? file.slice(0, file.indexOf('/')) : 'root';
    byRoom.set(room, [...(byRoom.get(room) ?? []), file]);
  }
  mkdirSync(path.join(root, 'dist/test/rooms'), {recursive: true});
  return [...byRoom].map(([room, others]) => {
    const module = `rooms/${room}.js`;
    const imports = others.map((file) => `await import('../${file}');\n`).join('');
    writeFileSync(path.join(root, 'dist/test', module), imports);
    return module;
  });
}

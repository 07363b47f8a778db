/**
 * `npm run bench:scale -- [--sizes 1000,chain] [--rounds N] [--rivals ninja,snakemake,wireit] [--before FOLDER]`:
 * measures `pipeline run` and `pipeline plan` with nothing to do, as whole processes, against a Node that does nothing,
 * against a built checkout of another commit, and against other tools on a graph of the same shape. The rounds of all
 * alternate, so that other load on the machine affects all of them.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {listRuns} from '../../src/journal/find-run.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {blobRoot, recordRoot, resultsFolder} from '../../src/store/layout.ts';
import {registry} from '../../stages/registry.ts';
import {runWhole} from './run-whole.ts';
import {allToAll, chain, hourglass, layers, type Shape} from './scale-pipelines.ts';
import {findRivals, type Rival} from './scale-rivals.ts';
import {fillStore} from './scale-store.ts';

const {values} = parseArgs({
  options: {
    sizes: {type: 'string', default: '1000,10000,100000,hourglass,all-to-all,chain'},
    rounds: {type: 'string', default: '5'},
    rivals: {type: 'string', default: 'ninja,snakemake,wireit'},
    minutes: {type: 'string', default: '3'},
    before: {type: 'string'},
  },
});
const otherShapes: Readonly<Record<string, () => Shape>> = {
  hourglass: () => hourglass(1000),
  'all-to-all': () => allToAll(300),
  chain: () => chain(1000),
};
const rounds = Number(values.rounds);
const limitMs = 60_000 * Number(values.minutes);
const checkouts = [
  {name: 'pipeline', root: path.resolve(import.meta.dirname, '../../..')},
  ...(values.before === undefined ? [] : [{name: 'before', root: path.resolve(values.before)}]),
];
const gnuTime = '/usr/bin/time';
const root = mkdtempSync(path.join(os.tmpdir(), 'bench-scale-'));

/** A process that is timed from its start to its end. */
interface Contender {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** Its output when it has found that there is nothing to do. */
  readonly proof: RegExp;
}

console.log(
  `${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, Node ${process.versions.node}, ` +
    `load ${os.loadavg()[0]!.toFixed(1)}; median (and best) of ${rounds} rounds, times less those of \`node -e 0\``,
);
if (!existsSync(gnuTime)) console.log('peak memory is not measured: apt-get install time');
try {
  const rivals = findRivals(values.rivals.split(',').filter(Boolean), path.join(root, 'rivals'));
  for (const size of values.sizes.split(',')) {
    const shape = otherShapes[size]?.();
    if (shape === undefined) await measure(layers(Number(size)), rivals);
    else await measure(shape, []);
  }
} finally {
  removeAll(root);
}

async function measure(shape: Shape, rivals: readonly Rival[]): Promise<void> {
  console.log(`\n${shape.name}: ${shape.instances} instances`);
  const folder = mkdtempSync(path.join(root, 'shape-'));
  const contenders = await prepareOurs(shape, folder);
  for (const rival of rivals) {
    const prepared = rival.prepare(shape, path.join(folder, rival.name), limitMs);
    const first = prepared && run({name: rival.name, ...prepared}, limitMs);
    if (first?.kind === 'ok') contenders.push({name: rival.name, ...prepared!});
    else console.log(`  ${rival.name.padEnd(14)} not finished in ${values.minutes} min`);
  }
  report([nothing(folder), ...contenders]);
  console.log(`  a run asks for the state of ${askedFiles(folder).toLocaleString('en')} files`);
  removeAll(folder);
}

/** The number of records, artifacts and results: the last, of the run that has placed the most. */
function askedFiles(folder: string): number {
  const store = {root: path.join(folder, 'artifacts')};
  const count = (root: string): number =>
    existsSync(root)
      ? readdirSync(root, {recursive: true, withFileTypes: true}).filter((one) => one.isFile())
          .length
      : 0;
  const results = listRuns(store).map((name) => count(resultsFolder(store, name)));
  return count(recordRoot(store)) + count(blobRoot(store)) + Math.max(...results);
}

async function prepareOurs(shape: Shape, folder: string): Promise<Contender[]> {
  const file = path.join(folder, 'pipeline.yaml');
  writeFileSync(file, shape.yaml);
  const loaded = await loadPipeline({file, registry});
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  fillStore(loaded.graph, {root: path.join(folder, 'artifacts')});
  const count = loaded.graph.instances.size;
  const done = [
    ['run', new RegExp(`^Done in .*: 0 ran, ${count} stored already`, 'm')],
    ['plan', new RegExp(`^${count} hit, 0 run, 0 maybe`, 'm')],
  ] as const;
  return checkouts.flatMap(({name, root: checkout}) => {
    const main = path.join(checkout, 'dist/bundle/src/cli/main.js');
    return done.map(([command, proof]) => ({
      name: `${name} ${command}`,
      command: [process.execPath, main, command, 'pipeline.yaml'] as const,
      cwd: folder,
      proof,
    }));
  });
}

/** Processes that were ended may take a moment to go. */
function removeAll(folder: string): void {
  rmSync(folder, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
}

function nothing(cwd: string): Contender {
  return {name: 'node -e 0', command: [process.execPath, '-e', '0'], cwd, proof: /^/};
}

function report(contenders: readonly Contender[]): void {
  const times = contenders.map((): number[] => []);
  // The first round has cold caches, and is not counted.
  for (let round = -1; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const result = run(contender, limitMs);
      if (result.kind !== 'ok') throw new Error(`${contender.name} was not done: ${result.output}`);
      if (round >= 0) times[index]!.push(result.ms);
    }
  }
  const floorMs = times[0]!;
  for (const [index, contender] of contenders.entries()) {
    const over = times[index]!.map((ms, round) => (index === 0 ? ms : ms - floorMs[round]!));
    console.log(
      `  ${contender.name.padEnd(14)} ${milliseconds(median(over))} (${milliseconds(Math.min(...over))}) ms` +
        `  ${peakMemory(contender)}`,
    );
  }
}

type Ran =
  {readonly kind: 'ok'; readonly ms: number} | {readonly kind: 'other'; readonly output: string};

function run({command, cwd, proof}: Contender, limit: number): Ran {
  const ran = runWhole(command, {cwd, limitMs: limit});
  if (ran === undefined) return {kind: 'other', output: `not done in ${limit} ms`};
  const {output, ms} = ran;
  return proof.test(output) ? {kind: 'ok', ms} : {kind: 'other', output: output.slice(-2000)};
}

function peakMemory({command, cwd}: Contender): string {
  if (!existsSync(gnuTime)) return '';
  const {stderr} = spawnSync(gnuTime, ['-f', '%M', ...command], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const kilobytes = Number(stderr.trimEnd().split('\n').at(-1));
  return `${Math.round((kilobytes * 1024) / 1e6)} MB`;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

function milliseconds(ms: number): string {
  return ms.toFixed(0).padStart(7);
}

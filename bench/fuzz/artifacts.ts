import {cpSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {groupBy} from '../../src/base/group-by.ts';
import {mediaOf} from '../../src/contract/registry.ts';
import {Random} from '../../src/learning/random.ts';
import {blobPath} from '../../src/store/layout.ts';
import {runInProcess} from '../../test/support/rigs/run-in-process.ts';
import {registry} from '../../test/support/registries/tiny-download-registry.ts';
import type {Attack, Attempt} from './attack.ts';
import {Driver, faultsOf, notesOf} from './drive.ts';
import {everyMedia} from './every-media.ts';
import {mutateBytes} from './mutate-bytes.ts';
import {plant, storedIn, type Stored} from './planted-store.ts';

const iterations = [3, 4];

/** Damages artifacts, and makes digests, records and keys match the damage. */
export const artifacts: Attack = {
  stepMs: 5000,
  prepare: async (folder) => {
    for (const count of iterations) {
      const files = {'p.yaml': everyMedia(count)};
      const {outcome} = await runInProcess({
        files,
        store: path.join(folder, 'store'),
        stageTypes: registry,
      });
      if (outcome !== 'ok') throw new Error('The pipeline that is attacked does not run.');
      writeFileSync(path.join(folder, 'p.yaml'), files['p.yaml']);
    }
  },
  open: (prepared, seed, scratch) => {
    const driver = new Driver(scratch, 'tiny-download');
    const byMedia = [
      ...groupBy(storedIn({root: path.join(prepared, 'store')}), ({media}) => media),
    ];
    cpSync(path.join(prepared, 'p.yaml'), path.join(scratch, 'p.yaml'));
    const attempt: Attempt = async (index, tell) => {
      const random = new Random(seed, 'artifacts', index);
      const [, ofMedia] = byMedia[random.integer(byMedia.length)]!;
      const chosen = ofMedia[random.integer(ofMedia.length)]!;
      const store = {root: path.join(scratch, 'store')};
      rmSync(store.root, {recursive: true, force: true});
      cpSync(path.join(prepared, 'store'), store.root, {recursive: true, preserveTimestamps: true});
      const bytes = mutant(
        random,
        chosen,
        byMedia.map(([, all]) => all[0]!),
        (one) => readFileSync(blobPath(store, one.artifact.digest)),
      );
      const rekey = random.integer(2) === 0;
      const digest = plant(store, chosen.artifact, bytes, {rekey});
      const what = `${chosen.record.type}.${chosen.output} (${chosen.media}) is ${digest}, ${bytes.length} bytes`;
      const out = path.join(scratch, 'out');
      rmSync(out, {recursive: true, force: true});
      mkdirSync(out);
      const [faults, notes]: [string[], string[]] = [[], [chosen.media]];
      const drive = async (given: readonly string[]): Promise<void> => {
        const words = [...given, '--store', store.root];
        tell(words.join(' '));
        const driven = await driver.drive(words);
        faults.push(...faultsOf(words, driven));
        notes.push(...notesOf(words, driven));
      };
      for (const words of readers({digest, chosen, store: store.root, out})) await drive(words);
      tell('run');
      const failures = await runOnIt(store.root);
      faults.push(...failures.crashes);
      notes.push(failures.refused > 0 ? 'runs in which a stage refuses it' : 'runs that take it');
      for (const words of removers) await drive(words);
      return {what, faults, notes};
    };
    return Promise.resolve(attempt);
  },
};

/** Other bytes for an artifact: damaged, empty, or those of another kind. */
function mutant(
  random: Random,
  chosen: Stored,
  others: readonly Stored[],
  read: (one: Stored) => Buffer,
): Buffer {
  const bytes = read(chosen);
  const swap = random.integer(12);
  if (swap === 0) return Buffer.alloc(0);
  const other = read(others[random.integer(others.length)]!);
  if (swap === 1 && !other.equals(bytes)) return other;
  return mutateBytes(random, bytes, mediaOf(registry).get(chosen.media)!.container);
}

interface Planted {
  readonly digest: string;
  readonly chosen: Stored;
  readonly store: string;
  readonly out: string;
}

const removers = [
  ['verify', '--repair'],
  ['gc', '--max-age', '0'],
];

/** All commands that read an artifact. */
function readers({digest, chosen, store, out}: Planted): readonly (readonly string[])[] {
  const {key} = chosen.record;
  const file = path.join(store, 'cas', digest.slice(0, 2), digest);
  const to = (name: string): readonly string[] => ['-o', path.join(out, name)];
  const ours = [
    ['show', digest],
    ['show', '--json', digest],
    ['show', key],
    ['diff', digest, chosen.artifact.digest],
    ['diff', 'latest', '2'],
    ['status'],
    ['status', '--json'],
    ['logs'],
    ['plan', 'p.yaml'],
    ['why', 'p.yaml'],
    ['report', ...to('report.html')],
    ['export', 'pt', digest, ...to('it.pt')],
    ['export', 'pt', key, ...to('pt')],
    ['export', 'tensorboard', ...to('tensorboard')],
    ['verify'],
    ['gc', '--dry-run'],
  ];
  const imports = [
    ['buffers', file, '--model', 'ConvNet'],
    ['synthetic', file, file],
  ].map(([kind = '', ...rest]) => {
    return ['import', kind, ...rest, '--dataset', 'mnist', '--no-run', ...to(`${kind}.yaml`)];
  });
  return [...imports, ...ours];
}

/** Runs the pipeline again, whose stages then read the planted artifact. */
async function runOnIt(
  store: string,
): Promise<{readonly crashes: readonly string[]; readonly refused: number}> {
  const crashes: string[] = [];
  let refused = 0;
  const pipeline = everyMedia(iterations.at(-1)!);
  await runInProcess({
    files: {'p.yaml': pipeline},
    store,
    stageTypes: registry,
    onEvent: (event) => {
      if (event.kind !== 'failed') return;
      refused++;
      if (event.cause.kind === 'crash')
        crashes.push(`${event.instance} crashes: ${event.cause.stack}`);
    },
  });
  return {crashes, refused};
}

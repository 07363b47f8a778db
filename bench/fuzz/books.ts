import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {digestOf} from '../../src/base/digest.ts';
import {Random} from '../../src/learning/random.ts';
import {processIdentity} from '../../src/store/claims/process-identity.ts';
import {Records} from '../../src/store/records/records.ts';
import {runInProcess} from '../../test/support/rigs/run-in-process.ts';
import {registry} from '../../test/support/registries/scripted-registry.ts';
import type {Attack, Attempt} from './attack.ts';
import {Driver, faultsOf, notesOf} from './drive.ts';
import {mutateJson} from './mutate-json.ts';
import {filesIn, recordsOf, rewrite} from './planted-store.ts';

const pipeline = (word: string): string => `
stages:
  word: {uses: say, matrix: {n: {count: 3}}, with: {text: "${word} \${matrix.n}"}}
  long: {uses: churn, with: {text: "${word}", steps: 4}}
  parts: {uses: split, inputs: {of: long.out}}
  size: {uses: measure, inputs: {of: 'word.out[n=1]'}}
  program: {run: [sh, -c, 'cat "$1" > outputs/text.txt', sh, '\${inputs.a}'], inputs: {a: size.out}, outputs: {text: text}}
  end: {uses: join, inputs: {parts: ['word.out[*]', parts.out, size.out]}}
outputs: {end: end.out, table: size.table}
`;

/** Text outside of the store that must never be printed. */
const secret = 'nobody-may-read-this-7f3a';

/** Damages records, fingerprints, leases, journals and everything else that a store writes about itself. */
export const books: Attack = {
  stepMs: 5000,
  prepare: async (folder) => {
    const given = {store: path.join(folder, 'store'), stageTypes: registry};
    for (const word of ['first', 'second']) {
      await runInProcess({...given, files: {'p.yaml': pipeline(word)}});
    }
    // The run is stopped, so that there are checkpoints.
    const files = {'p.yaml': pipeline('third')};
    await runInProcess({
      ...given,
      files,
      onEvent: (event, stop) => (event.kind === 'progress' ? stop() : undefined),
    });
    writeFileSync(path.join(folder, 'p.yaml'), files['p.yaml']);
    plantLiving(given.store);
  },
  open: (prepared, seed, scratch) => {
    const driver = new Driver(scratch, 'scripted');
    cpSync(path.join(prepared, 'p.yaml'), path.join(scratch, 'p.yaml'));
    const store = path.join(scratch, 'store');
    const outside = path.join(scratch, 'outside');
    const attempt: Attempt = async (number, tell) => {
      rmSync(store, {recursive: true, force: true});
      cpSync(path.join(prepared, 'store'), store, {recursive: true, preserveTimestamps: true});
      index(store);
      makeOutside(outside);
      const before = stateOf(scratch, store);
      const random = new Random(seed, 'books', number);
      const damaged = Array.from({length: 1 + random.integer(2)}, () =>
        damage(random, store, outside),
      );
      const [faults, notes]: [string[], string[]] = [[], damaged.map(({file}) => kindOf(file))];
      for (const words of commands) {
        const all = [...words, '--store', store];
        tell(all.join(' '));
        const driven = await driver.drive(all);
        faults.push(...faultsOf(words, driven));
        notes.push(...notesOf(words, driven));
        if ((driven.stdout + driven.stderr).includes(secret))
          faults.push(`${words.join(' ')} prints a file outside of the store`);
      }
      const after = stateOf(scratch, store);
      if (after !== before) faults.push(`what lies outside of the store changed:\n${after}`);
      const what = damaged.map(({file, text}) => `${file}: ${text.slice(0, 300)}`).join('\n');
      return {what, faults, notes};
    };
    return Promise.resolve(attempt);
  },
};

/** Adjusts the index to the copied records, whose files differ from those that were indexed. */
function index(root: string): void {
  const records = new Records({root}, {tend: true});
  for (const {key} of recordsOf({root})) records.find(key);
  records.flush();
}

/** All commands that read or write a store's records. Those that remove come last. */
const commands: readonly (readonly string[])[] = [
  ['plan', 'p.yaml'],
  ['plan', 'p.yaml', '--json'],
  ['why', 'p.yaml'],
  ['why', 'p.yaml', 'end'],
  ['status'],
  ['status', '--all'],
  ['status', '--json'],
  ['status', '2'],
  ['show', 'end'],
  ['show', 'latest'],
  ['logs'],
  ['diff', 'latest', 'end'],
  ['report', '-o', 'report.html'],
  ['verify'],
  ['gc', '--dry-run'],
  ['pin', 'latest'],
  ['gc', '--max-age', '0'],
  ['run', 'p.yaml', 'size', '--jobs', '2'],
  ['unpin', 'latest'],
  ['verify', '--repair'],
  ['gc', '--max-age', '0'],
];

/** Plants a lease and a folder of an attempt whose process lives, and of one whose process has died. */
function plantLiving(store: string): void {
  const mine = processIdentity(process.pid);
  const dead = {...mine, pid: 2 ** 22 - 3, startTime: '1'};
  const digest = '0'.repeat(64);
  const member = '0123456789abcdef';
  const foreign = {...mine, host: 'elsewhere', bootId: 'another', member};
  rewrite(path.join(store, 'members', `${member}.json`), JSON.stringify({beat: '1', ...foreign}));
  for (const [number, owner] of [mine, dead, foreign].entries()) {
    const key = String(digestOf(`key ${number}`));
    rewrite(
      path.join(store, 'leases', `${key}.json`),
      JSON.stringify({...owner, attempt: `attempt-${number}`}),
    );
    const folder = path.join(store, 'work', `attempt-${number}`);
    rewrite(path.join(folder, 'owner.json'), JSON.stringify({...owner, key, inputs: [digest]}));
    rewrite(path.join(folder, 'program.json'), JSON.stringify(dead));
  }
}

/** Damages one of the files in which a store describes itself. */
function damage(
  random: Random,
  store: string,
  outside: string,
): {readonly file: string; readonly text: string} {
  const kinds = [...kindPatterns.keys()];
  const kind = kinds[random.integer(kinds.length)]!;
  const files = filesIn(store)
    .map((name) => path.relative(store, name))
    .filter((name) => kindOf(name) === kind);
  if (files.length === 0) return damage(random, store, outside);
  const file = files[random.integer(files.length)]!;
  const text = readFileSync(path.join(store, file), 'utf8');
  const damaged = damagedText(random, kind, text, outside);
  const target =
    kind === 'fingerprint' && random.integer(2) === 0
      ? path.join(path.dirname(file), `${digestOf(damaged)}.json`)
      : file;
  rewrite(path.join(store, target), damaged);
  return {file: target, text: damaged};
}

function damagedText(random: Random, kind: string, text: string, outside: string): string {
  const way = random.integer(12);
  if (way === 0) return text.slice(0, random.integer(text.length + 1));
  if (way === 1) return '';
  if (way === 2) return text.replaceAll(/\d/g, (digit) => String((Number(digit) + 7) % 10));
  const more = [
    `"../outside/secret.txt"`,
    `"../../outside/secret.txt"`,
    JSON.stringify(path.join(outside, 'secret.txt')),
    JSON.stringify(outside),
    '"../outside"',
  ];
  if (kind === 'index') return fieldsSwapped(random, text, more);
  if (kind !== 'journal') return onceMore(random, text, (now) => mutateJson(random, now, more));
  const lines = text.trimEnd().split('\n');
  const at = random.integer(lines.length);
  lines[at] = onceMore(random, lines[at]!, (line) => mutateJson(random, line, more));
  return `${lines.join('\n')}\n`;
}

function onceMore(random: Random, text: string, change: (text: string) => string): string {
  try {
    return random.integer(4) === 0 ? change(change(text)) : change(text);
  } catch {
    // It is no longer JSON.
    return `${text}}`;
  }
}

function fieldsSwapped(random: Random, text: string, more: readonly string[]): string {
  const fields = text.split('\t');
  if (random.integer(3) === 0) {
    const at = fields.findIndex((field) => field.startsWith('{'));
    if (at >= 0) fields[at] = mutateJson(random, fields[at]!, more);
    return fields.join('\t');
  }
  const values = [
    '',
    '-1',
    'NaN',
    '1e999',
    '__proto__',
    '\u0000',
    ...more.map((one) => one.slice(1, -1)),
  ];
  fields[random.integer(fields.length)] = values[random.integer(values.length)]!;
  return fields.join('\t');
}

const kindPatterns: ReadonlyMap<string, RegExp> = new Map([
  ['record', /^records\//],
  ['fingerprint', /^fingerprints\//],
  ['lease', /^leases\//],
  ['heartbeat', /^members\//],
  ['journal', /events\.jsonl$/],
  ['results', /results\.json$/],
  ['checkpoint', /MANIFEST$/],
  ['index', /^index\//],
  ['owner', /owner\.json$/],
  ['program', /program\.json$/],
  ['store', /^store\.json$/],
]);

function kindOf(file: string): string {
  for (const [kind, pattern] of kindPatterns) if (pattern.test(file)) return kind;
  return 'other';
}

function makeOutside(outside: string): void {
  if (statSync(outside, {throwIfNoEntry: false}) !== undefined) return;
  mkdirSync(path.join(outside, 'folder'), {recursive: true});
  writeFileSync(path.join(outside, 'secret.txt'), secret);
  writeFileSync(path.join(outside, 'folder/kept.txt'), 'kept');
}

/** Everything beside the store, with sizes and times. */
function stateOf(folder: string, store: string): string {
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();
  return names
    .filter((name) => !path.join(folder, name).startsWith(store) && name !== 'report.html')
    .map((name) => {
      const {mtimeMs, size} = statSync(path.join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    })
    .join('\n');
}

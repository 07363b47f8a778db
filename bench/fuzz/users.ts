import {spawnSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type {Attack, Attempt} from './attack.ts';
import {faultsOf} from './drive.ts';
import {other, plants} from './planted-files.ts';
import {runProgram} from './program.ts';

/** The owner of the store. Needs no account. */
const owner = {uid: 61_234, gid: 61_234};

const pipeline = `
stages:
  word: {uses: say, matrix: {n: {count: 3}}, with: {text: 'word \${matrix.n}'}}
  long: {uses: churn, with: {text: x, steps: 3}}
  size: {uses: measure, inputs: {of: long.out}}
  end: {uses: join, inputs: {parts: ['word.out[*]', size.out]}}
`;

/** Another user of the machine plants links and pipes in a store that others may write to. Must be started by root. */
export const users: Attack = {
  stepMs: 100_000,
  prepare: async (folder) => {
    // All users must be able to enter the folders above.
    for (const above of [path.dirname(folder), folder]) chmodSync(above, 0o755);
    chownSync(folder, owner.uid, owner.gid);
    writeFileSync(path.join(folder, 'p.yaml'), pipeline);
    const place = {cwd: folder, user: owner};
    const {code, stdout, stderr} = await runProgram(['run', 'p.yaml'], place);
    if (code !== 0) throw new Error(`The pipeline does not run:\n${stdout}${stderr}`);
    plantCheckpoints(folder);
  },
  open: (prepared, _seed, scratch) => {
    chmodSync(scratch, 0o755);
    const attempt: Attempt = async (index, tell) => {
      const [mode, plant] = matters[index % matters.length]!;
      const place = path.join(scratch, String(index));
      const store = makePlace(prepared, place);
      const home = path.join(place, 'home');
      open(store, mode.bits, mode.deep);
      plant.plant({store, home, isSticky: mode.name === 'sticky'});
      const faults: string[] = [];
      let before = stateOf(home);
      // The user who plants a pipe may wait for it.
      const others = plant === plants[0] ? [['other', other] as const] : [];
      for (const [who, user] of [['owner', owner] as const, ...others]) {
        for (const words of commands) {
          const command = `${who}: ${words.join(' ')}`;
          tell(command);
          const ended = await runProgram(words, {cwd: place, user, environment: {HOME: home}});
          faults.push(...faultsOf([who, ...words], ended));
          if (ended.hung) faults.push(`${command} hangs`);
          const after = stateOf(home);
          if (after !== before) faults.push(`${command} changes ${difference(before, after)}`);
          before = after;
        }
      }
      rmSync(place, {recursive: true, force: true});
      return {what: `${mode.name}; ${plant.name}`, faults, notes: [mode.name]};
    };
    return Promise.resolve(attempt);
  },
};

const commands: readonly (readonly string[])[] = [
  ['plan', 'p.yaml'],
  ['status'],
  ['logs'],
  ['pin', 'latest'],
  ['report'],
  ['verify'],
  ['run', 'p.yaml'],
  ['gc', '--max-age', '0'],
  ['verify', '--repair'],
];

const modes = [
  {name: 'open to all, folders too', bits: 0o777, deep: true},
  {name: 'open to all, at the top', bits: 0o777, deep: false},
  {name: 'sticky', bits: 0o1777, deep: true},
  {name: 'readable', bits: 0o755, deep: false},
  {name: 'private', bits: 0o700, deep: false},
];

/**
 * For modes in which others may write, all plants that they allow; for the others, actions of other users without
 * plants.
 */
const matters = modes.flatMap((mode) =>
  plants
    .filter(({deep, name}) => name === 'nothing' || ((mode.deep || !deep) && (mode.bits & 2) !== 0))
    .map((plant) => [mode, plant] as const),
);

/** The store of the owner, and the owner's other files beside it. */
function makePlace(prepared: string, place: string): string {
  const store = path.join(place, 'artifacts');
  mkdirSync(place, {recursive: true});
  cpSync(prepared, place, {recursive: true, preserveTimestamps: true});
  const keys = path.join(place, 'home/keys');
  for (const name of ['1', '2', '3']) mkdirSync(path.join(keys, name), {recursive: true});
  for (const name of ['authorized_keys', '1/kept', '2/kept'])
    writeFileSync(path.join(keys, name), "the owner's");
  const spawned = spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, place]);
  if (spawned.status !== 0) throw new Error(String(spawned.stderr));
  // Old enough to be taken for abandoned by a clean-up.
  for (const name of ['authorized_keys', '1/kept', '1', '2', '3', '.'])
    lutimesSync(path.join(keys, name), 1e9, 1e9);
  return store;
}

/** A checkpoint, an attempt and a lease that were left behind. */
function plantCheckpoints(folder: string): void {
  const key = 'ab'.repeat(32);
  const store = path.join(folder, 'artifacts');
  for (const [name, text] of [
    [`checkpoints/${key}/1/MANIFEST`, '{"format":1,"durationMs":1,"files":[],"linked":[]}'],
    [`leases/${key}.json`, JSON.stringify({host: 'elsewhere', pid: 77, attempt: 'a'})],
    ['work/a/owner.json', JSON.stringify({host: 'elsewhere', pid: 77, key, inputs: []})],
    ['tmp/left', ''],
    ['index/ab.txt', ''],
  ] as const) {
    mkdirSync(path.dirname(path.join(store, name)), {recursive: true});
    writeFileSync(path.join(store, name), text);
  }
}

function open(store: string, bits: number, deep: boolean): void {
  chmodSync(store, bits);
  if (!deep) return;
  for (const {name, parentPath} of readdirSync(store, {
    recursive: true,
    withFileTypes: true,
  }).filter((entry) => entry.isDirectory()))
    chmodSync(path.join(parentPath, name), bits);
}

/** The lines that only one of two texts has. */
function difference(before: string, after: string): string {
  const [was, is] = [before.split('\n'), after.split('\n')];
  const gone = was.filter((line) => !is.includes(line)).map((line) => `− ${line}`);
  return [...gone, ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`)].join(
    '\n    ',
  );
}

/** Everything below a folder: names, modes, owners, times and bytes. */
function stateOf(folder: string): string {
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();
  return ['.', ...names]
    .map((name) => {
      const file = path.join(folder, name);
      const {mode, uid, mtimeMs, nlink} = lstatSync(file);
      const bytes = lstatSync(file).isFile() ? readFileSync(file, 'utf8') : '';
      return `${name} ${mode.toString(8)} ${uid} ${mtimeMs} ${nlink} ${bytes}`;
    })
    .join('\n');
}

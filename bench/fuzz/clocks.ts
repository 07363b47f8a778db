import {existsSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {Random} from '../../src/learning/random.ts';
import type {Attack, Attempt} from './attack.ts';
import {faultsOf} from './drive.ts';
import {filesIn, recordsOf} from './planted-store.ts';
import {runProgram} from './program.ts';

/** Stages that take long enough for clocks to jump meanwhile, time out if a jump counts, and fail once. */
const pipeline = (flag: string): string => `
stages:
  long:
    uses: churn
    matrix: {n: [1, 2]}
    with: {text: 'clock \${matrix.n}', steps: 40}
    timeout: 10m
    retry: 1
  program:
    run: [sh, -c, 'sleep 0.3; test -e "$1" || { touch "$1"; exit 1; }; echo done > outputs/text.txt', sh, ${flag}]
    outputs: {text: text}
    timeout: 10m
    retry: {crash: 3}
  size: {uses: measure, inputs: {of: 'long.out[n=1]'}, timeout: 10m}
  end: {uses: join, inputs: {parts: ['long.out[*]', program.text, size.out]}}
`;

/** Makes clocks jump while runs go on, and while other commands clean up, list and verify. */
export const clocks: Attack = {
  stepMs: 100_000,
  prepare: async (folder) => {
    writeFileSync(path.join(folder, 'p.yaml'), pipeline(path.join(folder, 'flag')));
    const {code, stdout} = await runProgram(['run', 'p.yaml'], {cwd: folder});
    if (code !== 0) throw new Error(`The pipeline does not run:\n${stdout}`);
  },
  open: (prepared, seed, scratch) => {
    const wanted = outputsIn(path.join(prepared, 'artifacts'));
    writeFileSync(path.join(scratch, 'p.yaml'), readFileSync(path.join(prepared, 'p.yaml')));
    const store = path.join(scratch, 'artifacts');
    const attempt: Attempt = async (index, tell) => {
      const random = new Random(seed, 'clocks', index);
      rmSync(store, {recursive: true, force: true});
      rmSync(path.join(prepared, 'flag'), {force: true});
      const faults: string[] = [];
      const schedules: string[] = [];
      const go = async (...words: readonly string[]): Promise<string> => {
        const schedule = JSON.stringify(anySchedule(random));
        schedules.push(`${words.join(' ')} ${schedule}`);
        const ended = await runProgram(words, {cwd: scratch, environment: clockOf(schedule)});
        if (ended.hung) faults.push(`${words.join(' ')} hangs`);
        faults.push(...faultsOf(words, ended), ...negativesIn(words, ended.stdout));
        if (words[0] === 'run' && ended.code !== 0)
          faults.push(
            `${words.join(' ')} ends with ${ended.code}:\n${ended.stdout}${ended.stderr}`,
          );
        return ended.stdout;
      };
      tell('runs');
      const runs = ['1', '2'].map((jobs) => go('run', 'p.yaml', '--jobs', jobs));
      await go('status', '--all');
      await go('gc', '--max-age', '1h');
      await go('status');
      await Promise.all(runs);
      tell('afterwards');
      await go('run', 'p.yaml');
      for (const words of [
        ['status', '--all'],
        ['status', '--json'],
        ['logs'],
        ['why', 'p.yaml'],
        ['verify'],
      ])
        await go(...words);
      faults.push(...storeFaults(store, wanted));
      return {what: schedules.join('\n'), faults, notes: []};
    };
    return Promise.resolve(attempt);
  },
};

const hourMs = 3_600_000;
const yearMs = 365.25 * 24 * hourMs;

/** The times at which a process's clock jumps, and the amounts. */
function anySchedule(random: Random): readonly (readonly [number, number])[] {
  if (random.integer(4) === 0) return [];
  const shifts = [0, hourMs, -hourMs, 10 * yearMs, -10 * yearMs, 31 * 24 * hourMs, -1, -60_000];
  return Array.from({length: 1 + random.integer(5)}, (_, n) => [
    n === 0 ? 0 : n * random.integer(400),
    shifts[random.integer(shifts.length)]!,
  ]);
}

function clockOf(schedule: string): Readonly<Record<string, string>> {
  const module = new URL('shifting-clock.js', import.meta.url).href;
  const option = `--import ${module}?${encodeURIComponent(schedule)}`;
  return {NODE_OPTIONS: option, PIPELINE_WORKER_OPTIONS: option};
}

/** Finds negative durations. */
function negativesIn(words: readonly string[], printed: string): readonly string[] {
  const found =
    /(?<![\w.:-])-\d[\d,.]* (?:ms|s|min|h)\b|"(?:duration|saved|remaining|expected)Ms": ?-\d+/.exec(
      printed,
    );
  return found === null ? [] : [`${words.join(' ')} shows ${found[0]}`];
}

function storeFaults(store: string, wanted: string): readonly string[] {
  const faults = ['leases', 'work', 'members'].flatMap((name) => {
    const folder = path.join(store, name);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const left = names.filter((file) => !isDone(path.join(folder, file)));
    return left.length > 0 ? [`${name} still has ${left.join(', ')}`] : [];
  });
  const found = outputsIn(store);
  if (found !== wanted) faults.push(`other results: ${found}\ninstead of ${wanted}`);
  const journals = filesIn(path.join(store, 'runs')).filter((file) => file.endsWith('.jsonl'));
  for (const file of journals) faults.push(...negativesIn([file], readFileSync(file, 'utf8')));
  for (const {type, durationMs} of recordsOf({root: store}))
    if (durationMs < 0) faults.push(`a record of ${type} says ${durationMs} ms`);
  return faults;
}

/** Whether a file is a lease that says that it is done. */
function isDone(file: string): boolean {
  return file.endsWith('.json') && readFileSync(file, 'utf8').startsWith('{"done"');
}

/** The digests of all outputs, by key. */
function outputsIn(root: string): string {
  const lines = recordsOf({root}).map(({key, outputs}) => `${key} ${JSON.stringify(outputs)}`);
  return lines.sort().join('\n');
}

/**
 * `npm run fuzz -- NAME [--seed N] [--cases N] [--from N]`: tries cases of an attack, prints each that fails, and
 * prints figures at the end. Exits with 1 if a case failed. The names are those in `attack.ts`.
 */
import os from 'node:os';
import {parseArgs} from 'node:util';
import {attacks} from './attack.ts';
import {runAttack} from './guard.ts';

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    seed: {type: 'string', default: '1'},
    cases: {type: 'string', default: '1000'},
    from: {type: 'string', default: '0'},
  },
});
const [name = ''] = positionals;
if (!Object.hasOwn(attacks, name)) {
  console.error(`Name an attack: ${Object.keys(attacks).join(', ')}.`);
  process.exit(2);
}
const begun = performance.now();
const [seed, cases, from] = [values.seed, values.cases, values.from].map(Number);
const {failures, notes, slowestMs, peakBytes} = await runAttack({
  name,
  seed: seed!,
  cases: cases!,
  from: from!,
  onFailure: (index, {what, faults}) =>
    console.log(`case ${index}: ${what}\n${faults.map((fault) => `  ${fault}\n`).join('')}`),
});
const machine = `${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, Node ${process.versions.node}`;
console.log(`${name}, seed ${seed}, on ${machine}:`);
console.log(
  `${cases} cases, ${failures.length} failed, in ${Math.round((performance.now() - begun) / 1000)} s`,
);
console.log(
  `slowest step ${Math.round(slowestMs)} ms, most memory ${Math.round(peakBytes / 2 ** 20)} MiB`,
);
for (const [note, count] of [...notes].sort(([a], [b]) => a.localeCompare(b)))
  console.log(`${note}: ${count}`);
process.exitCode = failures.length === 0 ? 0 : 1;

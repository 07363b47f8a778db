/** `npm run bench:profile -- [A|B|C]`: where the time of a student step goes, by operation. */
import {startTfjsEngine} from '../src/tensor/engines/tfjs/tfjs-engine.ts';
import {configurations} from './configurations.ts';
import {profilingEngine} from './profiling-engine.ts';
import {createWorkload} from './workload.ts';

const name = process.argv[2] ?? 'A';
const configuration = configurations[name];
if (configuration === undefined) throw new Error(`There is no configuration ${name}`);
const engine = profilingEngine(await startTfjsEngine());
const {stepAndBack} = createWorkload(engine, configuration);
stepAndBack();
engine.forget();
const {steps} = configuration;
for (let i = 0; i < steps; i++) stepAndBack();

const byKind = new Map<string, {ms: number; count: number}>();
for (const [label, {ms, count}] of engine.times) {
  const kind = label.split(' ')[0]!;
  const sofar = byKind.get(kind) ?? {ms: 0, count: 0};
  byKind.set(kind, {ms: sofar.ms + ms, count: sofar.count + count});
}
const total = [...byKind.values()].reduce((sum, {ms}) => sum + ms, 0);
console.log(`${name}: ${(total / steps).toFixed(1)} ms a step`);
print(byKind, Infinity);
console.log('\nThe slowest:');
print(engine.times, 30);

function print(
  times: ReadonlyMap<string, {readonly ms: number; readonly count: number}>,
  limit: number,
): void {
  const rows = [...times].sort(([, a], [, b]) => b.ms - a.ms).slice(0, limit);
  for (const [label, {ms, count}] of rows) {
    const share = ((100 * ms) / total).toFixed(1);
    console.log(
      `${(ms / steps).toFixed(2).padStart(9)} ms ${share.padStart(5)} % ${String(count / steps).padStart(4)}×  ${label}`,
    );
  }
}

/**
 * `npm run bench:profile -- [A|B|C] [threads]`: the time of a student step on the engine `wasm`, kernel by kernel.
 *
 * `npm run bench:profile -- --threads 4,8,16`: what these numbers of threads would do, by a simulation.
 *
 * `npm run bench:profile -- --engine webgpu|opencl [--software] [--rounds N] [A|B|C|expert|few …]`: the time of each
 * dispatch on a GPU beside the time that an H100 should take for it, as Markdown.
 */
import {parseArgs} from 'node:util';
import {engineOptions} from './engine-choice.ts';

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {...engineOptions, rounds: {type: 'string', default: '5'}, threads: {type: 'string'}},
});
if (values.threads !== undefined) {
  const {simulateThreads} = await import('./simulate-threads.ts');
  simulateThreads(values.threads.split(',').map(Number));
} else if (values.engine.startsWith('wasm')) {
  await import('./profile-wasm.ts');
} else {
  const {profileGpu} = await import('./gpu/profile-gpu.ts');
  const names = positionals.length > 0 ? positionals : ['A', 'B', 'C', 'expert', 'few'];
  await profileGpu({...values, names, rounds: Number(values.rounds)});
}

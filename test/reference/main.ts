/**
 * Runs `npm run reference -- [DIR] [--engine NAME] [--software] [--network NAME]`: the engine is `wasm-precise` by default,
 * and with `--software` one for GPUs may use software that does what a GPU would. Without `--network` all networks are
 * checked. It prints a line for each case and then the counts, and exits with code 1 if a case fails.
 */
import {parseArgs} from 'node:util';
import type {Engine} from '../../src/tensor/engine.ts';
import {startEngine} from '../../src/tensor/engines/start-engine.ts';
import {checkFolder, type CaseResult} from './check.ts';

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    engine: {type: 'string', default: 'wasm-precise'},
    software: {type: 'boolean', default: false},
    network: {type: 'string'},
  },
});
const folder = positionals[0] ?? 'test/fixtures/reference';
const engine = await startNamed(values.engine);
console.log(`${engine.description}; ${folder}`);
let passed = 0;
let failed = 0;
try {
  const isWanted = (model: unknown): boolean => [undefined, model].includes(values.network);
  for await (const result of checkFolder(engine, folder, undefined, isWanted)) report(result);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}

async function startNamed(name: string): Promise<Engine> {
  const {software} = values;
  const request = {name, numerics: 'any', threads: 2, gpu: name !== 'auto'} as const;
  return (await startEngine({...request, ...(software && {software})})).engine;
}

function report(result: CaseResult): void {
  const {what, error, tolerance} = result.worst;
  const verdict = result.passed ? 'ok  ' : 'MISS';
  console.log(
    `${verdict} ${result.title}: ${what} off by ${error.toExponential(1)} (allowed ${tolerance.toExponential(0)})`,
  );
  if (result.passed) passed++;
  else failed++;
}

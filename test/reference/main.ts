/** `npm run reference -- DIR`: a line a case, counts last, exit code 1 on a miss. */
import {startTfjsEngine} from '../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {checkFolder, type CaseResult} from './check.ts';

const folder = process.argv[2] ?? 'test/fixtures/reference';
const engine = await startTfjsEngine();
console.log(`${engine.description}; ${folder}`);
let passed = 0;
let failed = 0;
try {
  for await (const result of checkFolder(engine, folder)) report(result);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
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

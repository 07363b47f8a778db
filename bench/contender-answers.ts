/** The answers of our half of a comparison: see `contender.ts`. */
import {createInterface} from 'node:readline';
import type {Engine} from '../src/tensor/engine.ts';
import type {Introduction} from './contender.ts';
import {closeEngine} from './engine-choice.ts';

/** Reports that it is ready, then times a round for each line of input, and reports its peak memory at the end. */
export async function answerRounds(
  engine: Engine,
  {results, steps}: {readonly results: Introduction['results']; readonly steps: number},
  round: () => void | Promise<void>,
): Promise<void> {
  answer({description: engine.description, results} satisfies Introduction);
  for await (const _ of createInterface({input: process.stdin})) {
    const start = performance.now();
    await round();
    answer({stepMs: (performance.now() - start) / steps});
  }
  answer({
    enginePeakBytes: engine.memory().peakBytes,
    processPeakBytes: process.resourceUsage().maxRSS * 1024,
  });
  closeEngine(engine);
}

function answer(content: object): void {
  console.log(JSON.stringify(content));
}

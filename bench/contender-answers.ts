/** The answers of our half of a comparison: see `contender.ts`. */
import {createInterface} from 'node:readline';
import type {Engine} from '../src/tensor/engine.ts';
import type {Introduction, Peak} from './contender.ts';
import {closeEngine} from './engine-choice.ts';

/** Answers for an engine: see `answerFor`. */
export async function answerRounds(
  engine: Engine,
  {results, steps}: {readonly results: Introduction['results']; readonly steps: number},
  round: () => void | Promise<void>,
): Promise<void> {
  await answerFor({description: engine.description, results}, steps, round);
  answerPeak({enginePeakBytes: engine.memory().peakBytes});
  closeEngine(engine);
}

/** Reports that this process is ready, then times a round for each line of input, which gives the number of steps. */
export async function answerFor(
  introduction: Introduction,
  steps: number,
  round: () => void | Promise<void>,
): Promise<void> {
  answer(introduction);
  for await (const _ of createInterface({input: process.stdin})) {
    const start = performance.now();
    await round();
    answer({stepMs: (performance.now() - start) / steps});
  }
}

/** Reports the peak memory of the process at the end. */
export function answerPeak(ofEngine: Pick<Peak, 'enginePeakBytes'> = {}): void {
  answer({...ofEngine, processPeakBytes: process.resourceUsage().maxRSS * 1024} satisfies Peak);
}

function answer(content: object): void {
  console.log(JSON.stringify(content));
}

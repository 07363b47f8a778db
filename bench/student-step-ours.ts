/**
 * Our half of `student-step.ts`, a process for one configuration: reports when it is ready, then times a round for each
 * line of input, and reports its peak memory at the end of the input. Each answer is a line of JSON. Arguments: the
 * configuration, the engine, the threads.
 */
import os from 'node:os';
import {startEngine} from '../src/tensor/engines/start-engine.ts';
import {configurations} from './configurations.ts';
import {answerRounds} from './contender-answers.ts';
import {createWorkload} from './workload.ts';

const configuration = configurations[process.argv[2]!]!;
const name = process.argv[3] ?? 'wasm';
const {engine} = await startEngine({
  name,
  numerics: 'any',
  threads: Number(process.argv[4] ?? os.availableParallelism()),
  gpu: false,
});
const {stepAndBack, firstResults} = createWorkload(engine, configuration);
const results = await firstResults();
stepAndBack(); // The first run is slower: code is compiled, and memory grows.
const steps = configuration.steps * configuration.repeats;
await answerRounds(engine, {results, steps}, () => {
  for (let i = 0; i < steps; i++) stepAndBack();
});

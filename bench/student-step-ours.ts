/**
 * Our half of `student-step.ts`, a process for one configuration: reports when it is ready, then times a round for each
 * line of input, and reports its peak memory at the end of the input. Each answer is a line of JSON. Arguments: the
 * configuration, and options.
 */
import {parseArgs} from 'node:util';
import {configurationOf} from './configurations.ts';
import {answerRounds} from './contender-answers.ts';
import {engineOptions, startChosen} from './engine-choice.ts';
import {createWorkload} from './workload.ts';

const {positionals, values} = parseArgs({
  allowPositionals: true,
  options: {...engineOptions, steps: {type: 'string'}},
});
const {steps, repeats, ...configuration} = configurationOf(positionals[0]!, values.steps);
const engine = await startChosen(values);
const {stepsAndBacks, firstResults} = createWorkload(engine, configuration);
const results = await firstResults();
await stepsAndBacks(1); // The first run is slower: code is compiled, and memory grows.
const count = steps * repeats;
await answerRounds(engine, {results, steps: count}, () => stepsAndBacks(count));

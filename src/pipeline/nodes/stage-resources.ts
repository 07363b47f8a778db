import type {Json, JsonObject} from '../../base/json.ts';
import {quoted, showValue} from '../../diagnostics/show-value.ts';
import {locate} from '../../document/located.ts';
import type {Resources} from '../graph/instance.ts';
import type {Matrix} from '../template/point.ts';
import {checkKeys} from '../source/check-keys.ts';
import {anAmountOfMemory, aTime, type AmountForm} from '../source/field-reader.ts';
import {parseMemory} from '../../base/parse-memory.ts';
import {parseTime} from '../source/parse-time.ts';
import type {StageSource} from '../source/pipeline-source.ts';
import type {Surroundings} from '../surroundings.ts';
import {eachPoint, originOf, stageTemplate} from '../template/stage-template.ts';

/**
 * What the instances of a stage take while they run, by the index of the point. `undefined`: mistakes were reported.
 */
export function resourcesOf(
  source: StageSource,
  matrix: Matrix,
  around: Surroundings,
): readonly Resources[] | undefined {
  const {resources} = source;
  const template = stageTemplate(resources, matrix, around);
  if (resources.kind === 'unknown') return undefined;
  if (['device', 'gpu'].every((name) => resources.entries.has(name))) {
    const message =
      '`device` takes GPUs where there are any, `gpu` insists on them: only one of the two can be given.';
    around.log.error('bad-value', resources.span, message);
  }
  const known = Object.keys(amounts);
  checkKeys({map: resources, known, what: '`resources`', elsewhere, log: around.log});
  return eachPoint(template, matrix, (value, point) => {
    const faults = Object.entries(value as JsonObject).filter(
      ([name, amount]) => amounts[name]?.isValid(amount) === false,
    );
    for (const [name, amount] of faults) {
      const {value: written} = locate(resources, [name]);
      if (written.kind === 'unknown' || template.unknown.has(written)) continue;
      const {expected, meant} = amounts[name]!;
      const message = `\`${name}\` must be ${expected}, got ${showValue(amount)}.`;
      const notes = originOf(written, source.name, point, around.scope);
      const suggestion = quoted(meant?.(amount));
      around.log.error('bad-value', written.span, message, {notes, suggestion});
    }
    return faults.length === 0 ? resourcesFrom(value as JsonObject) : undefined;
  });
}

/** The smallest share of a GPU: a smaller one is of no use, and sums of fractions have to be distinguishable. */
export const smallestFraction = 0.01;

interface Amount {
  readonly isValid: (amount: Json) => boolean;
  /** The description of a valid amount. */
  readonly expected: string;
  /** What a wrong amount probably meant. */
  readonly meant?: (amount: Json) => string | undefined;
}

const count: Amount = {isValid: isCount, expected: 'an integer ≥ 1'};

const amounts: Readonly<Record<string, Amount>> = {
  device: count,
  gpu: {
    isValid: (amount) =>
      isCount(amount) || (typeof amount === 'number' && amount >= smallestFraction && amount < 1),
    expected: `an integer ≥ 1, or a fraction of one GPU, such as 0.25 and ≥ ${smallestFraction}`,
  },
  cpus: count,
  memory: amountOf(anAmountOfMemory),
  time: amountOf(aTime),
};

function amountOf({parse, nearest, expected}: AmountForm): Amount {
  return {isValid: (amount) => parse(amount) !== undefined, expected, meant: nearest};
}

/** Words for resources in Snakemake, Nextflow, Kubernetes and Slurm. */
const elsewhere: Readonly<Record<string, string>> = {
  cpu: 'the number of CPU slots is `cpus`',
  threads: 'the number of CPU slots is `cpus`',
  mem: 'an amount of memory is `memory: 16G`',
  mem_mb: 'an amount of memory is `memory: 16G`',
  runtime: 'the time that it needs is `time: 30m`',
  walltime: 'the time that it needs is `time: 30m`',
  accelerator: 'the number of GPUs is `gpu`',
};

function isCount(amount: Json): boolean {
  return Number.isSafeInteger(amount) && (amount as number) >= 1;
}

/** Valid amounts, with times and memory as numbers. */
function resourcesFrom({memory, time, ...counts}: JsonObject): Resources {
  const memoryBytes = parseMemory(memory);
  const timeMs = parseTime(time);
  return {
    ...(counts as Pick<Resources, 'device' | 'gpu' | 'cpus'>),
    ...(memoryBytes !== undefined && {memoryBytes}),
    ...(timeMs !== undefined && {timeMs}),
  };
}

import {readComparison} from '../../compare/read-runs.ts';
import {RunMetrics} from '../../compare/run-metrics.ts';
import {usualMetric} from '../../compare/run-values.ts';
import {listRuns} from '../../journal/find-run.ts';
import {shortRuns} from '../../journal/short-runs.ts';
import {comparisonJson} from '../../report/json/runs-json.ts';
import {comparisonOfRuns} from '../../report/text/comparison-of-runs.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {existingStore, namedRuns} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {metricNames} from './metric-names.ts';
import {describeUnknown, unknownMetrics} from './unknown-names.ts';

export interface CompareOptions {
  readonly store: string;
  readonly metric?: readonly string[];
  readonly json?: true;
}

/** `pipeline compare RUN RUN…`: shows runs beside each other. */
export async function compareCommand(
  words: readonly string[],
  options: CompareOptions,
  world: World,
): Promise<ExitCode> {
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const runs = namedRuns(store, words, world);
  if (typeof runs === 'number') return runs;
  if (runs.length < 2) {
    const message = `\`compare\` needs two or more runs: ${words.join(' and ')} ${words.length > 1 ? 'are one' : 'is one'}.`;
    world.faults.fault('unlike-kinds', message);
    return exitCodes.usage;
  }
  const nowMs = Date.now();
  const {drawings} = world.offers;
  const metrics = new RunMetrics({store, drawings}, metricNames(options.metric ?? []));
  const comparison = await readComparison(runs, {store, metrics, nowMs});
  const [unknown] = unknownMetrics(comparison.runs, options.metric);
  if (unknown !== undefined) {
    const message = describeUnknown(unknown, comparison.runs, 'None of these runs');
    world.faults.fault('unknown-column', message);
    return exitCodes.usage;
  }
  if (options.json === true) {
    writeJson(comparisonJson(comparison), world);
    return exitCodes.ok;
  }
  const short = shortRuns(listRuns(store));
  const usual = usualMetric(comparison.runs);
  const frame = {
    columns: world.stdout.size().columns,
    nowMs,
    metrics: usual === undefined ? [] : [usual],
    shortOf: (run: string) => short.get(run) ?? run,
  };
  world.stdout.write(comparisonOfRuns(comparison, frame));
  return exitCodes.ok;
}

import {closestTo} from '../../base/edit-distance.ts';
import type {RunSummary} from '../../compare/run-summary.ts';
import {metricNamed, namesIn} from '../../compare/run-values.ts';

/** Those of the names that are of no metric of any of the runs. */
export function unknownMetrics(
  runs: readonly RunSummary[],
  names: readonly string[] = [],
): readonly string[] {
  return names.filter((name) => !runs.some(({metrics}) => metrics.has(metricNamed(runs, name))));
}

/**
 * Sentences about a name that means nothing in any of the runs.
 * @param nobody what none of the runs is called: `No run`
 */
export function describeUnknown(name: string, runs: readonly RunSummary[], nobody: string): string {
  const near = closestTo(name, namesIn(runs));
  const meant = near === undefined ? '' : ` Did you mean \`${near}\`?`;
  return `${nobody} has \`${name}\`.${meant} A number of a table is named \`stage.output.column\`.`;
}

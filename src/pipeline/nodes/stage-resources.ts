import type {Json, JsonObject} from '../../base/json.ts';
import {showValue} from '../../diagnostics/show-value.ts';
import {locate} from '../../document/located.ts';
import type {Resources} from '../graph/instance.ts';
import type {Matrix} from '../template/point.ts';
import {checkKeys} from '../source/check-keys.ts';
import type {StageSource} from '../source/pipeline-source.ts';
import type {Surroundings} from '../surroundings.ts';
import {eachPoint, originOf, stageTemplate} from '../template/stage-template.ts';

/**
 * The devices that the instances of a stage request, by the index of the point. `undefined`: mistakes were reported.
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
  checkKeys({map: resources, known: ['device', 'gpu'], what: '`resources`', log: around.log});
  return eachPoint(template, matrix, (value, point) => {
    const faults = Object.entries(value as JsonObject).flatMap(([name, amount]) => {
      const expected = expectedAmount(name, amount);
      return expected === undefined ? [] : [{name, amount, expected}];
    });
    for (const {name, amount, expected} of faults) {
      const {value: written} = locate(resources, [name]);
      if (written.kind === 'unknown' || template.unknown.has(written)) continue;
      const message = `\`${name}\` must be ${expected}, got ${showValue(amount)}.`;
      const notes = originOf(written, source.name, point, around.scope);
      around.log.error('bad-value', written.span, message, {notes});
    }
    return faults.length === 0 ? (value as Resources) : undefined;
  });
}

/** The smallest share of a GPU: a smaller one is of no use, and sums of fractions have to be distinguishable. */
export const smallestFraction = 0.01;

/** The description of a valid amount, or `undefined` if it is valid. */
function expectedAmount(name: string, amount: Json): string | undefined {
  const positive = typeof amount === 'number' && amount > 0;
  const whole = positive && Number.isInteger(amount);
  if (name === 'device' && !whole) return 'an integer ≥ 1';
  if (name === 'gpu' && !whole && !(positive && amount >= smallestFraction && amount < 1)) {
    return `an integer ≥ 1, or a fraction of one GPU, such as 0.25 and ≥ ${smallestFraction}`;
  }
  return undefined;
}

import {groupBy} from '../../src/base/group-by.ts';
import {median} from '../../src/learning/distillation/probing/choices.ts';
import {isUsable, type Conclusion} from './conclusion.ts';
import type {Findings} from './findings.ts';
import type {ProbeContext} from './plan.ts';

type Params = ProbeContext['params'];

/** Parameters of `distill`, by its names: those that were found, and those that they were found for. */
export function parametersOf(
  {ipc, steps, expertEpochs, batch, augmentation, augmentationMode}: Params,
  {maxStartEpoch, stepSize, pixelRate}: Conclusion,
): Readonly<Record<string, number | string>> {
  return {
    maxStartEpoch,
    stepSize,
    pixelRate,
    ipc,
    steps,
    expertEpochs,
    ...(batch !== undefined && {batch}),
    augmentation,
    augmentationMode,
  };
}

/** The report in Markdown: what was tried, and the lines to copy. */
export function reportOf(params: Params, conclusion: Conclusion, findings: Findings): string {
  const {stepSize, maxStartEpoch, starts, before, gradientNorm} = conclusion;
  const found = Object.entries(parametersOf(params, conclusion));
  return [
    '# Parameters for distill',
    '',
    '```yaml',
    'with:',
    ...found.map(([name, value]) => `  ${name}: ${value}`),
    '```',
    '',
    `## Step size: ${stepSize}`,
    '',
    'Students from epoch 0 on go as far as the expert with this step size: their reach is nearest to 1. Medians of students on real images: loss, and in brackets the reach. A loss of 1 is as far from the expert as at the start; it cannot fall below (1 − reach)².',
    '',
    ...stepSizeTable(findings, params.stepSizes),
    '',
    `## Start epochs: below ${maxStartEpoch}`,
    '',
    `With the step size ${stepSize}. A start epoch is usable if the short distillation below brings its loss under 1; the first one that is not ends them. With a reach of 2 none can; and where the drift of the expert is below that of a random walk, which is 1, its way is noise.`,
    '',
    ...table(
      ['start epoch', 'reach', 'drift', 'loss', 'loss after', 'usable'],
      starts.map((start) => [
        String(start.startEpoch),
        ...[start.reach, start.drift, start.loss].map(shown),
        start.after === undefined ? 'not tried' : shown(start.after),
        isUsable(start) ? 'yes' : 'no',
      ]),
    ),
    '',
    `## Learning rate of pixels: ${conclusion.pixelRate}`,
    '',
    `The gradient's norm is ${shown(gradientNorm)} at the start, and the first rate moves the pixels by ${shown(100 * params.relativeUpdate)} % of theirs. The median loss was ${shown(before)}; after ${params.iterations} iterations it is:`,
    '',
    ...table(
      ['pixelRate', 'loss'],
      findings.tries.map(({pixelRate, loss}) => [String(pixelRate), shown(loss)]),
    ),
    '',
  ].join('\n');
}

function stepSizeTable({attempts}: Findings, stepSizes: readonly number[]): readonly string[] {
  const rows = Array.from(
    groupBy(attempts, ({startEpoch}) => startEpoch),
    ([startEpoch, of]) => [
      String(startEpoch),
      ...stepSizes.map((tried) => {
        const chosen = of.filter(({stepSize}) => stepSize === tried);
        const [loss, reach] = [chosen.map((each) => each.loss), chosen.map((each) => each.reach)];
        return `${shown(median(loss))} (${shown(median(reach))})`;
      }),
    ],
  );
  return table(['start epoch', ...stepSizes.map(String)], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** A number with three digits; `diverged` if it is infinite. */
function shown(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : 'diverged';
}

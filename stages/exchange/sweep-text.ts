import {scoreAxes} from '../../src/learning/scores/score-cells.ts';
import type {ImportedText, Sweep, SweptValue} from '../../src/contract/offers.ts';
import {given, placed, text} from './pipeline-text.ts';

/** The confidence of intervals over what is averaged, in percent: the usual one. */
const confidence = 95;

/** The pipeline of a sweep: the swept one at each point, its scores with the values of the point, and all of them ordered. */
export function sweepText(sweep: Sweep): ImportedText {
  const {name, numerics, about, axes, reference, fixed, scores, best} = sweep;
  const kept = axes.filter(({isAveraged}) => !isAveraged);
  const interval = kept.length < axes.length ? [`interval: ${confidence}`] : [];
  const orders = best.map((one) => {
    const [axis = '', ...parts] = one.split('=');
    const value = parts.join('=');
    const isNumber = axis === 'ipc' && /^\d+$/.test(value);
    return given('--best', one, `${word(axis)}: ${isNumber ? value : word(value)}`);
  });
  return placed(`${about.map((line) => `# ${line.replaceAll(/\s/g, ' ')}\n`).join('')}name: ${word(name)}
${numerics === 'any' ? '' : `numerics: ${numerics}\n`}stages:
  # The pipeline, at each point with other parameters.
  point:
    uses: ${word(reference)}
    matrix: &points
${matrixOf(sweep)}
    with:
${[
  ...fixed.map(({param, argument, value}) => marked(argument, `${word(param)}: ${flow(value)}`)),
  ...axes.map(({param, argument, axis}) => marked(argument, `${word(param)}: ${at(axis)}`)),
]
  .map((line) => `      ${line}\n`)
  .join('')}
  # The scores of each point, which get its values as axes.
  scores:
    uses: table
    matrix: *points
    inputs: {scores: ${word(`point.${scores}`)}}
    with:
      rows: []
      columns: &columns [${scoreAxes.join(', ')}]
      at: {${kept.map(({axis}) => `${axis}: ${at(axis)}`).join(', ')}}

  ${sweep.leaderboard}:
    uses: table
    inputs: {scores: 'scores.scores[*]'}
    with: {${['rows: []', 'columns: *columns', ...interval, `best: {${orders.join(', ')}}`].join(', ')}}
`);
}

function matrixOf({axes, points}: Sweep): string {
  if (points.kind === 'grid') {
    const lists = axes.map(({axis, argument}, index) =>
      marked(argument, `${axis}: [${points.values[index]!.map(flow).join(', ')}]`),
    );
    return lists.map((list) => `      ${list}`).join('\n');
  }
  const entries = points.list.map(
    (point) =>
      `{${Object.entries(point)
        .map(([axis, value]) => `${axis}: ${flow(value)}`)
        .join(', ')}}`,
  );
  return ['      include:', ...entries.map((entry) => `        - ${entry}`)].join('\n');
}

function at(axis: string): string {
  return `'\${matrix.${axis}}'`;
}

/** A text as YAML, without quotes where it needs none. */
function word(plain: string): string {
  const isPlain =
    /^(\.{0,2}\/)?[A-Za-z][\w./-]*$/.test(plain) && !/^(true|false|null)$/i.test(plain);
  return isPlain ? plain : text(plain);
}

/** A value in YAML's flow style, which accepts JSON. */
function flow(value: Sweep['fixed'][number]['value'] | SweptValue): string {
  return JSON.stringify(value);
}

/** What an option gives, for diagnostics. @param argument the whole option */
function marked(argument: string, written: string): string {
  const space = argument.indexOf(' ');
  return given(argument.slice(0, space), argument.slice(space + 1), written);
}

import type {Trial} from './choose-fastest.ts';

/** Says why an engine was chosen, and what became of each of the others: a line each. */
export function whyChosen(
  name: string,
  {trials, source}: {readonly trials: readonly Trial[]; readonly source: string},
): readonly string[] {
  const measured = byTime(trials);
  const own = measured.find((trial) => trial.name === name);
  const reason =
    own === undefined ? 'the fastest on a CPU' : `the fastest here, ${timeOf(own.milliseconds)}`;
  const others = measured
    .filter((trial) => trial !== own)
    .map((trial) => `engine ${trial.name}: ${timeOf(trial.milliseconds)}`);
  const refused = trials.flatMap((trial) =>
    'refusal' in trial ? [`engine ${trial.name}: not used. ${trial.refusal}`] : [],
  );
  return [`engine ${name}: ${reason}`, ...others, ...refused, source];
}

/** The same in one line, for records. */
export function choiceText(trials: readonly Trial[]): string {
  const measured = byTime(trials).map(
    ({name, milliseconds}) => `${name} ${digitsOf(milliseconds)} ms`,
  );
  const refused = trials.flatMap((trial) =>
    'refusal' in trial ? [`${trial.name} not used: ${trial.refusal}`] : [],
  );
  const reason =
    measured.length === 0 ? 'no engine for GPUs works here' : `fastest of ${measured.join(', ')}`;
  return [reason, ...refused].join('; ');
}

function byTime(trials: readonly Trial[]): readonly (Trial & {readonly milliseconds: number})[] {
  return trials
    .filter((trial) => 'milliseconds' in trial)
    .sort((a, b) => a.milliseconds - b.milliseconds);
}

function timeOf(milliseconds: number): string {
  return `${digitsOf(milliseconds)} ms for a step of training`;
}

function digitsOf(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toPrecision(2) : milliseconds.toFixed(0);
}

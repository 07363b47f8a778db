import {Command, type Help} from 'commander';
import type {Offers} from '../../contract/offers.ts';
import {exitCodeMeanings} from '../exit-codes.ts';

/** The groups of commands in `--help`, in their order. */
export const groups = ['Run', 'Look', 'Keep', 'Exchange', 'Set up'] as const;

/** The place of a command in `--help`, and what it is typed for. */
interface Guidance {
  readonly group: (typeof groups)[number];
  /** Whole command lines. */
  readonly examples: readonly [string, string];
}

/** Every command by its full name, in the order of `--help`, except those that are offered. */
const usualCommands: Readonly<Record<string, Guidance>> = {
  run: {
    group: 'Run',
    examples: [
      'pipeline run distillery/quickstart',
      "pipeline run pipeline.yaml 'expert[seed=0|1]' --set epochs=10 --jobs 2",
    ],
  },
  sweep: {
    group: 'Run',
    examples: [
      'pipeline sweep pipeline.yaml --over distilled.pixelRate=100,1000 --over distilled.seed=0,1,2 --mean distilled.seed',
      'pipeline sweep pipeline.yaml --over distilled.pixelRate=1..1000 --sample 20',
    ],
  },
  stop: {group: 'Run', examples: ['pipeline stop', 'pipeline stop latest --now']},
  attach: {group: 'Run', examples: ['pipeline attach', 'pipeline attach latest --open']},
  cancel: {group: 'Run', examples: ['pipeline cancel latest', 'pipeline cancel 20261124-181323']},
  plan: {
    group: 'Run',
    examples: ['pipeline plan pipeline.yaml', 'pipeline plan pipeline.yaml table --all'],
  },
  validate: {
    group: 'Run',
    examples: [
      'pipeline validate pipeline.yaml',
      'pipeline validate pipeline.yaml --format github',
    ],
  },
  lock: {
    group: 'Run',
    examples: ['pipeline lock pipeline.yaml', 'pipeline lock pipeline.yaml --check'],
  },
  why: {
    group: 'Look',
    examples: [
      "pipeline why pipeline.yaml 'expert[seed=0]'",
      'pipeline why pipeline.yaml distilled --set iterations=100',
    ],
  },
  graph: {
    group: 'Look',
    examples: [
      'pipeline graph pipeline.yaml',
      'pipeline graph pipeline.yaml --instances --format svg -o graph.svg',
    ],
  },
  status: {group: 'Look', examples: ['pipeline status', 'pipeline status 20261124-181323']},
  runs: {
    group: 'Look',
    examples: ['pipeline runs', "pipeline runs --sort accuracy --filter 'iterations>=1000'"],
  },
  compare: {
    group: 'Look',
    examples: [
      'pipeline compare 20261124-181323 latest',
      'pipeline compare 20261124-181323 latest --metric distilled.metrics.loss',
    ],
  },
  logs: {group: 'Look', examples: ['pipeline logs -f', "pipeline logs latest 'expert[seed=0]'"]},
  show: {
    group: 'Look',
    examples: ['pipeline show distilled', 'pipeline show table.table --rows 3'],
  },
  diff: {
    group: 'Look',
    examples: [
      'pipeline diff 20261124-181323 latest',
      "pipeline diff 'expert[seed=0]' 'expert[seed=1]'",
    ],
  },
  report: {
    group: 'Look',
    examples: ['pipeline report --open', 'pipeline report 20261124-181323 -o report.html'],
  },
  ui: {group: 'Look', examples: ['pipeline ui', 'pipeline ui latest --no-open --port 8080']},
  gc: {
    group: 'Keep',
    examples: ['pipeline gc --dry-run', 'pipeline gc --max-age 7d --max-size 20GB'],
  },
  rm: {group: 'Keep', examples: ['pipeline rm 20261124-181323', 'pipeline rm latest --dry-run']},
  pin: {group: 'Keep', examples: ['pipeline pin latest', 'pipeline pin 20261124-181323']},
  unpin: {group: 'Keep', examples: ['pipeline unpin latest', 'pipeline unpin 20261124-181323']},
  verify: {
    group: 'Keep',
    examples: [
      'pipeline verify --repair',
      'pipeline verify pipeline.yaml --rebuild distilled --tolerance 1e-6',
    ],
  },
  'export pt': {
    group: 'Exchange',
    examples: [
      'pipeline export pt distilled.snapshots -o sets',
      "pipeline export pt 'expert[seed=0]' -o expert.pt",
    ],
  },
  'export tensorboard': {
    group: 'Exchange',
    examples: ['pipeline export tensorboard', 'pipeline export tensorboard latest -o board'],
  },
  'export crate': {
    group: 'Exchange',
    examples: [
      'pipeline export crate latest -o crate',
      'pipeline export crate 20261124-181323 -o crate --license CC-BY-4.0',
    ],
  },
  push: {
    group: 'Exchange',
    examples: [
      'pipeline push pipeline.yaml',
      "pipeline push pipeline.yaml 'expert[seed=0]' --bulky",
    ],
  },
  pull: {
    group: 'Exchange',
    examples: ['pipeline pull pipeline.yaml table', 'pipeline pull pipeline.yaml --bulky'],
  },
  'key new': {
    group: 'Exchange',
    examples: ['pipeline key new lab-2026', 'pipeline key new ci-2026'],
  },
  init: {
    group: 'Set up',
    examples: ['pipeline init --from quickstart', 'pipeline init --images ./pictures'],
  },
  stages: {group: 'Set up', examples: ['pipeline stages', 'pipeline stages --json']},
  devices: {group: 'Set up', examples: ['pipeline devices', 'pipeline devices --devices 0,2']},
  doctor: {
    group: 'Set up',
    examples: ['pipeline doctor', 'pipeline doctor --store /data/artifacts'],
  },
  completion: {
    group: 'Set up',
    examples: ['pipeline completion bash', 'pipeline completion zsh'],
  },
};

type Offered = Pick<Offers, 'exports' | 'imports' | 'evaluation'>;

/** Every command by its full name, in the order of `--help`. */
export function commandGuide({
  exports,
  imports,
  evaluation,
}: Offered): ReadonlyMap<string, Guidance> {
  const offered = [
    ...exports.map(({name, examples}) => [`export ${name}`, examples] as const),
    ...imports.kinds.map(({name, examples}) => [`import ${name}`, examples] as const),
    [evaluation.name, evaluation.examples] as const,
  ];
  return new Map<string, Guidance>([
    ...Object.entries(usualCommands),
    ...offered.map(([name, examples]) => [name, {group: 'Exchange', examples}] as const),
  ]);
}

/** Orders the commands of the program, groups them, and adds examples and exit codes to their help. */
export function guide(program: Command, offers: Offered): void {
  const known = commandGuide(offers);
  const places = new Map<string, number>();
  for (const [name, {group}] of known) places.set(name.split(' ')[0]!, groups.indexOf(group));
  const placeOf = (command: Command): number => places.get(command.name()) ?? groups.length;
  const order = [...places.keys()];
  (program.commands as Command[]).sort(
    (a, b) => placeOf(a) - placeOf(b) || order.indexOf(a.name()) - order.indexOf(b.name()),
  );
  for (const command of program.commands) {
    const group = groups[placeOf(command)];
    if (group !== undefined) command.helpGroup(`${group}:`);
    addExamples(command, known.get(command.name()));
    for (const below of command.commands) {
      addExamples(below, known.get(`${command.name()} ${below.name()}`));
    }
  }
  const help = new Command('help').argument('[command]').description('show the help of a command');
  program.addHelpCommand(help.helpGroup('Set up:'));
  program.addHelpText('after', () => exitCodeText(program.createHelp()));
}

function addExamples(command: Command, guidance: Guidance | undefined): void {
  if (guidance === undefined) return;
  const lines = guidance.examples.map((line) => `  ${line}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${lines}`);
}

function exitCodeText(help: Help): string {
  const lines = Object.entries(exitCodeMeanings).map(([code, meaning]) =>
    help.formatItem(code, 3, meaning, help),
  );
  return `\nExit codes:\n${lines.join('\n')}`;
}

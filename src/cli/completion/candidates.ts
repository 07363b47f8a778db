import type {Argument, Command, Help, Option} from 'commander';
import type {Asked} from './asked.ts';

/** A word that may stand at the cursor, with what it is; without a space after it if more of the word follows. */
export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

/** The completions of a word: candidates, and whether the shell adds files or folders. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly paths?: 'files' | 'folders';
}

/** Look-ups in files. Each gives the candidates for the word at the cursor. */
export interface Lookups {
  readonly pipelineFiles: () => readonly Candidate[];
  readonly selectors: () => Promise<readonly Candidate[]>;
  readonly params: () => Promise<readonly Candidate[]>;
  /** The clusters that the pipeline that is named can be computed on. */
  readonly clusters: () => readonly Candidate[];
  readonly runs: () => Promise<readonly Candidate[]>;
  /** The instances of the run that is named, or of the newest. */
  readonly instances: () => Promise<readonly Candidate[]>;
  /** The instances of the newest run, or of the one that the word names before a slash, their outputs, and runs. */
  readonly results: () => Promise<readonly Candidate[]>;
  /** The headlines of the newest run. */
  readonly metrics: () => Promise<readonly Candidate[]>;
  /** What runs are sorted and chosen by. */
  readonly columns: () => Promise<readonly Candidate[]>;
  readonly stageTypes: () => Promise<readonly Candidate[]>;
}

/** Gives the candidates at the cursor. The caller leaves out those that do not begin with the word. */
export async function candidatesFor(asked: Asked, lookups: Lookups): Promise<Candidates> {
  switch (asked.kind) {
    case 'command':
      return {candidates: commandsOf(asked.command)};
    case 'option':
      return {candidates: optionsOf(asked)};
    case 'value':
      return asked.of.argChoices === undefined
        ? await valuesOf(placeholderOf(asked.of), lookups)
        : {candidates: asked.of.argChoices.map((value) => ({value}))};
    case 'argument':
      return asked.of.argChoices === undefined
        ? await argumentsOf(asked, asked.of, lookups)
        : {candidates: asked.of.argChoices.map((value) => ({value}))};
    case 'nothing':
      return {candidates: []};
  }
}

function commandsOf(command: Command): readonly Candidate[] {
  const help: Help = command.createHelp();
  return help.visibleCommands(command).map((below) => ({
    value: below.name(),
    about: below.summary() || below.description(),
  }));
}

/** The options that are not given, or may be repeated. */
function optionsOf({command, options}: Asked): readonly Candidate[] {
  const help: Help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter((option) => !options.has(option.attributeName()) || isRepeatable(option))
    .flatMap(({long, description}) =>
      long === undefined ? [] : [{value: long, about: description}],
    );
}

function isRepeatable({description}: Option): boolean {
  return description.includes('may be repeated');
}

/** `selector` for `--until <selector>`. */
export function placeholderOf({flags}: Option): string {
  return /<(.+)>$/.exec(flags)?.[1] ?? '';
}

type Completer = (lookups: Lookups) => Candidates | Promise<Candidates>;

const nothing: Completer = () => ({candidates: []});
const files: Completer = () => ({candidates: [], paths: 'files'});
const folders: Completer = () => ({candidates: [], paths: 'folders'});

/** The completers of options' values, by the placeholder of the option. */
export const valueCompleters: Readonly<Record<string, Completer>> = {
  file: files,
  folder: folders,
  path: files,
  selector: async ({selectors}) => ({candidates: await selectors()}),
  'name=value': async ({params}) => ({candidates: await params()}),
  'name=values': async ({params}) => ({candidates: await params()}),
  'axis=value': nothing,
  output: nothing,
  cluster: (lookups) => ({candidates: lookups.clusters(), paths: 'files'}),
  metric: async ({metrics}) => ({candidates: await metrics()}),
  column: async ({columns}) => ({candidates: await columns()}),
  condition: async ({columns}) => ({
    candidates: (await columns()).map(({value}) => ({value: `${value}=`})),
  }),
  list: () => ({candidates: [{value: 'none', about: 'no GPU'}]}),
  name: nothing,
  names: nothing,
  n: nothing,
  number: nothing,
  rate: nothing,
  seconds: nothing,
  size: nothing,
  time: nothing,
  url: nothing,
  what: nothing,
};

/** The completers of arguments, by the argument's name. */
export const argumentCompleters: Readonly<Record<string, Completer>> = {
  a: async (lookups) => ({candidates: await lookups.results(), paths: 'files'}),
  b: async (lookups) => ({candidates: await lookups.results(), paths: 'files'}),
  command: nothing,
  file: ({pipelineFiles}) => ({candidates: pipelineFiles()}),
  files,
  folder: folders,
  name: nothing,
  run: async ({runs}) => ({candidates: await runs()}),
  runs: async ({runs}) => ({candidates: await runs()}),
  selectors: async ({selectors}) => ({candidates: await selectors()}),
  type: async ({stageTypes}) => ({candidates: await stageTypes()}),
  what: async (lookups) => ({candidates: await lookups.results(), paths: 'files'}),
};

async function valuesOf(placeholder: string, lookups: Lookups): Promise<Candidates> {
  return await (valueCompleters[placeholder] ?? nothing)(lookups);
}

/** File and selectors stand in any order, and so may the first selector in place of a run. */
async function argumentsOf(
  {command, args}: Asked,
  argument: Argument,
  lookups: Lookups,
): Promise<Candidates> {
  const names = command.registeredArguments.map((declared) => declared.name());
  if (!names.includes('selectors')) {
    return await (argumentCompleters[argument.name()] ?? nothing)(lookups);
  }
  if (names.includes('run')) {
    const runs = args.length === 0 ? await lookups.runs() : [];
    return {candidates: [...(await lookups.instances()), ...runs]};
  }
  const hasFile = args.some((word) => /\.ya?ml$|^distillery\//.test(word));
  const files = hasFile ? [] : lookups.pipelineFiles();
  return {candidates: [...(await lookups.selectors()), ...files]};
}

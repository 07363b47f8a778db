import path from 'node:path';
import type {Sweep, SweptAxis} from '../../../contract/offers.ts';
import {DiagnosticLog} from '../../../diagnostics/diagnostic.ts';
import {loadPipeline, type LoadedPipeline} from '../../../pipeline/load-pipeline.ts';
import type {Override} from '../../../pipeline/source/overrides.ts';
import {readParamsFiles} from '../../../pipeline/source/params-file.ts';
import {parseSet} from '../../../pipeline/source/set-option.ts';
import {sameAgain} from '../../command-line.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {findFile} from '../../find-file.ts';
import {loadRegistry} from '../../load-registry.ts';
import type {World} from '../../world.ts';
import {composePipeline, type ComposeOptions, type Composing} from '../compose-pipeline.ts';
import {checkNames, type Asked, type Fixed} from './check-names.ts';
import {describeDraws, drawPoints} from './draw-points.ts';
import {fixedValue} from './fixed-values.ts';
import {findScores} from './find-scores.ts';
import {nameAxes} from './name-axes.ts';
import {parseOver, type Varied} from './parse-over.ts';

export interface SweepOptions extends ComposeOptions {
  readonly over: readonly string[];
  /** Files of parameters for all points. */
  readonly paramsFile?: readonly string[];
  readonly set?: readonly string[];
  /** The number of points to draw. Absent: all combinations. */
  readonly sample?: number;
  /** Of the draws. Absent: 0. */
  readonly seed?: number;
  /** The parameters over which scores are averaged. */
  readonly mean?: readonly string[];
  /** `axis=value`, of the scores that order the leaderboard. */
  readonly best?: readonly string[];
  /** The output with the scores. */
  readonly scores?: string;
  /** The pipeline file. */
  readonly write: string;
}

/** `pipeline sweep FILE --over …`: writes a pipeline that runs FILE at many points and compares them, and runs it. */
export async function sweepCommand(
  word: string | undefined,
  options: SweepOptions,
  world: World,
): Promise<ExitCode> {
  const found = findFile(word === undefined ? [] : [word], world);
  const log = new DiagnosticLog();
  if (found.kind === 'none') {
    world.faults.diagnostics(found.diagnostics);
    return exitCodes.usage;
  }
  const asked = await parseAsked(options, log);
  if (!log.hasErrors) checkNames(asked, options, log);
  const loaded = log.hasErrors
    ? undefined
    : await loadAt(found.file, asked, {...world, ...options.project});
  if (loaded?.kind === 'invalid') {
    world.faults.diagnostics(loaded.diagnostics);
    return exitCodes.invalidPipeline;
  }
  const swept = loaded && sweepOf({file: found.file, loaded, asked, options}, world, log);
  if (swept === undefined) {
    world.faults.diagnostics(log.sorted());
    return exitCodes.invalidPipeline;
  }
  const {leaderboards} = world.offers;
  const {sweepText} = await leaderboards.load();
  const file = path.resolve(world.cwd, found.file);
  const composing = {
    by: 'sweep',
    flag: '--write',
    file: options.write,
    selectors: [leaderboards.stage],
    // A point may fail by its own values; the others are compared.
    keepGoing: true,
    compose: (refer) => {
      const fixed = lastOf(asked).map(({name, argument, value}) => ({
        param: name,
        argument,
        value: fixedValue(value, loaded!.graph, refer),
      }));
      return Promise.resolve(sweepText({...swept, fixed, reference: refer(file)}));
    },
  } satisfies Composing;
  return await composePipeline(composing, options, world);
}

async function parseAsked(
  {over, paramsFile = [], set = []}: SweepOptions,
  log: DiagnosticLog,
): Promise<Asked> {
  const varied = over.flatMap((argument) => parseOver(argument, log) ?? []);
  const filed: Fixed[] = [];
  for (const file of paramsFile) {
    const {overrides} = await readParamsFiles([file], log, undefined);
    // As for `--set`, a file gives way to what is said on the command line.
    const others = overrides.filter(({name}) => !varied.some((one) => one.name === name));
    filed.push(...others.map((one) => ({...one, argument: `--params-file ${file}`})));
  }
  const given = set.flatMap((argument): readonly Fixed[] => {
    const override = parseSet(argument, log);
    return override ? [{...override, argument: `--set ${argument}`}] : [];
  });
  return {varied, filed, given};
}

/** The pipeline at a point, which shows whether all names are known. */
async function loadAt(
  file: string,
  {varied, filed, given}: Asked,
  world: World & Pick<SweepOptions['project'], 'plugins'>,
): Promise<LoadedPipeline> {
  const overrides = varied.map(({name, nameSpan, values}): Override => {
    if (values.kind === 'list') return {name, nameSpan, value: values.items[0]!};
    const {low: value, span} = values;
    return {name, nameSpan, value: {kind: 'scalar', value, span}};
  });
  return await loadPipeline({
    file,
    registry: await loadRegistry(world),
    overrides: [...filed, ...given, ...overrides],
    environment: world.environment,
    plugins: world.plugins,
  });
}

interface Found {
  readonly file: string;
  readonly loaded: Extract<LoadedPipeline, {readonly kind: 'ok'}>;
  readonly asked: Asked;
  readonly options: SweepOptions;
}

/** `undefined` after reporting what is wrong. */
function sweepOf(
  {file, loaded, asked, options}: Found,
  world: World,
  log: DiagnosticLog,
): Omit<Sweep, 'reference' | 'fixed'> | undefined {
  const {media} = world.offers.leaderboards;
  const {scores: named, mean = [], best = []} = options;
  const scores = findScores(loaded, {media, file, ...(named !== undefined && {named})}, log);
  const axes = nameAxes(asked.varied);
  const points = pointsOf(asked.varied, axes, options, log);
  if (scores === undefined || points === undefined) return undefined;
  return {
    name: `${loaded.graph.name}-sweep`,
    numerics: loaded.graph.numerics,
    leaderboard: world.offers.leaderboards.stage,
    about: [
      `A sweep of ${file}:`,
      sameAgain({program: 'pipeline', words: world.commandLine.words}),
      ...(options.sample === undefined ? [] : asked.varied.map(drawn)),
    ],
    axes: asked.varied.map(({name, argument}, index): SweptAxis => ({
      axis: axes[index]!,
      param: name,
      argument,
      isAveraged: mean.includes(name),
    })),
    points,
    scores,
    best,
  };
}

/** The values that hold, in the order in which they were given: the last of several for one parameter. */
function lastOf({filed, given}: Asked): readonly Fixed[] {
  const all = [...filed, ...given];
  return all.filter(({name}, index) => !all.slice(index + 1).some((later) => later.name === name));
}

function drawn({name, values}: Varied): string {
  return `${name}: ${describeDraws(values)}`;
}

/** The points, drawn or all of them. */
function pointsOf(
  varied: readonly Varied[],
  axes: readonly string[],
  {sample, seed = 0}: SweepOptions,
  log: DiagnosticLog,
): Sweep['points'] | undefined {
  const given = varied.map(({values}, index) => ({axis: axes[index]!, values}));
  if (sample === undefined) {
    return {
      kind: 'grid',
      values: given.map(({values}) =>
        values.kind === 'list' ? values.items.map(({value}) => value!) : [],
      ),
    };
  }
  const list = drawPoints(given, sample, seed);
  if (list.length === sample) return {kind: 'list', list};
  const [{nameSpan}] = varied as readonly [Varied];
  const span = {...nameSpan, end: nameSpan.file.text.length};
  const message = `--sample ${sample} is more than the ${list.length} points that there are.`;
  log.error('bad-value', span, message);
  return undefined;
}

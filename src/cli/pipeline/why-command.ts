import {Why} from '../../plan/why.ts';
import {InstanceTraces} from '../../journal/instance-traces.ts';
import {whyJson} from '../../report/json/why-json.ts';
import {whyText} from '../../report/text/why-text.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {PipelineOptions} from '../options/pipeline-options.ts';
import {openTarget} from '../target.ts';
import {namedStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJsonLine} from '../write-json.ts';

/** Number of instances to explain. */
const explained = 10;

export interface WhyOptions extends PipelineOptions {
  readonly json?: true;
}

/** `pipeline why`: explains why instances would run now, or why they last did. Writes nothing. */
export async function whyCommand(
  words: readonly string[],
  options: WhyOptions,
  world: World,
): Promise<ExitCode> {
  const opened = await openTarget(words, options, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const store = namedStore(options.store, world);
  if (typeof store === 'number') return store;
  const {graph, selected} = opened.target;
  const why = new Why(graph, store);
  const traces = new InstanceTraces(store);
  const ids = [...selected];
  // A program reads all of them.
  for (const id of options.json === true ? ids : ids.slice(0, explained)) {
    const explanation = why.explain(id);
    const {verdict} = explanation.planned;
    const origin = verdict.kind === 'hit' ? traces.originOf(verdict.record) : undefined;
    const latest = traces.latest(id);
    const known = {
      ...(origin && {origin: {...origin, causes: why.trace(id, origin.reasons ?? [])}}),
      ...(latest && {latest}),
      lineage: verdict.kind === 'hit' && ids.length === 1 ? why.lineage(id) : [],
    };
    if (options.json === true) writeJsonLine(whyJson(explanation, known), world);
    else world.stdout.write(whyText(explanation, {store, cwd: world.cwd, ...known}));
  }
  if (options.json === true) return exitCodes.ok;
  const more = ids.length - explained;
  if (more > 0)
    world.stdout.write(`… and ${more} more instances; use a selector to choose some.\n`);
  return exitCodes.ok;
}

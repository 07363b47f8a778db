import {closestTo} from '../../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../../diagnostics/show-value.ts';
import {argumentSpan, commandLine} from '../../../diagnostics/span.ts';
import type {InstanceGraph} from '../../../pipeline/graph/instance.ts';
import type {LoadedPipeline} from '../../../pipeline/load-pipeline.ts';

type Loaded = Extract<LoadedPipeline, {readonly kind: 'ok'}>;

/**
 * The output of a pipeline whose scores a leaderboard compares: the named one, or else the only one that no stage with
 * scores of its own takes in. `undefined` after reporting that there is none, or that there are several.
 * @param media of scores
 */
export function findScores(
  loaded: Loaded,
  {media, named, file}: {readonly media: string; readonly named?: string; readonly file: string},
  log: DiagnosticLog,
): string | undefined {
  const known = new Map(
    Array.from(loaded.outputs).filter(([, output]) => output.media.name === media),
  );
  if (named !== undefined) {
    if (known.has(named)) return named;
    const span = argumentSpan(`--scores ${named}`);
    const message = `${file} has no output \`${named}\` with ${media}; it has ${showNames([...known.keys()])}.`;
    const suggestion = quoted(closestTo(named, known.keys()));
    const place = {...span, start: '--scores '.length};
    log.error('unknown-output', place, message, {suggestion});
    return undefined;
  }
  const taken = takenIn(loaded.graph, media);
  const last = Array.from(known).filter(([, {refs}]) =>
    refs.every(({instance, output}) => !taken.has(`${instance}.${output}`)),
  );
  const names = distinct(last.map(([name, {refs}]) => [name, JSON.stringify(refs)] as const));
  if (names.length === 1) return names[0];
  const span = {...argumentSpan(file), file: {name: commandLine, text: file}};
  const message =
    names.length === 0
      ? `${file} has no output with ${media}, by which a leaderboard could order the points.`
      : `${file} has several outputs with ${media}: ${showNames(names)}. Say \`--scores ${names[0]!}\`, or another.`;
  log.error('unknown-output', span, message);
  return undefined;
}

/** The outputs of a media that are inputs of an instance with outputs of it. */
function takenIn({instances}: InstanceGraph, media: string): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const {type, inputs} of instances.values()) {
    if (!Object.values(type.contract.outputs).some((output) => output.media === media)) continue;
    for (const {instance, output} of Object.values(inputs).flat()) {
      taken.add(`${instance}.${output}`);
    }
  }
  return taken;
}

/** Of the names of one output the shortest. */
function distinct(named: readonly (readonly [name: string, output: string])[]): readonly string[] {
  const names = new Map<string, string>();
  for (const [name, output] of named) {
    const other = names.get(output);
    if (other === undefined || name.length < other.length) names.set(output, name);
  }
  return [...names.values()];
}

import path from 'node:path';
import type {SourceFile} from '../../diagnostics/span.ts';
import type {KeptFile, RunFacts} from '../../journal/event.ts';
import type {PipelineSources} from '../../pipeline/graph/instance.ts';

/** Size limit of all texts in the journal of a run, in characters: in their order, those that fit are kept. */
const keptText = 200_000;

/**
 * What a journal keeps of the files that a pipeline was loaded from, with the texts as they were then.
 * @param cwd the folder to which their names are relative
 */
export function keptSources(
  {pipelines, params, set}: PipelineSources,
  cwd: string,
): Pick<RunFacts, 'text' | 'sources'> {
  let left = keptText;
  const keep = (place: string, {text}: SourceFile): KeptFile => {
    if (text.length > left) return {path: place};
    left -= text.length;
    return {path: place, text};
  };
  const places = placesOf(pipelines.map(({name}) => path.resolve(cwd, name)));
  const [main, ...others] = pipelines.map((file, index) => keep(places[index]!, file));
  if (main === undefined) return {};
  return {
    ...(main.text !== undefined && {text: main.text}),
    sources: {path: main.path, others, params: params.map((file) => keep(file.name, file)), set},
  };
}

/** The paths of files relative to the deepest folder that has all of them. @param files absolute paths */
function placesOf(files: readonly string[]): readonly string[] {
  const folders = files.map((file) => path.dirname(file).split(path.sep));
  const [first = []] = folders;
  const end = first.findIndex((step, index) => folders.some((steps) => steps[index] !== step));
  const shared = first.slice(0, end < 0 ? first.length : end).join(path.sep);
  return files.map((file) => path.relative(shared || path.sep, file).replaceAll(path.sep, '/'));
}

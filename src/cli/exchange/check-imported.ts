import path from 'node:path';
import {readFile} from 'node:fs/promises';
import type {ImportedText} from '../../contract/offers.ts';
import type {Diagnostic} from '../../diagnostics/diagnostic.ts';
import {argumentSpan, type Span} from '../../diagnostics/span.ts';
import {loadPipeline} from '../../pipeline/load-pipeline.ts';
import {loadRegistry} from '../load-registry.ts';
import type {Project} from '../project/apply-project.ts';
import type {World} from '../world.ts';

/**
 * Whether the text of a pipeline that is not written yet is valid. Prints its mistakes, at the options that the user gave
 * rather than at places of the text. Warnings are left to the run, if there is one.
 * @param file the name that it will have
 */
export async function checkImported(
  file: string,
  imported: ImportedText,
  options: {readonly run: boolean; readonly project: Project},
  world: World,
): Promise<boolean> {
  const registry = await loadRegistry(world);
  const own = path.resolve(file);
  const loaded = await loadPipeline({
    file,
    registry,
    environment: world.environment,
    plugins: options.project.plugins,
    readFile: async (name) =>
      path.resolve(name) === own ? Buffer.from(imported.text) : await readFile(name),
  });
  const isValid = loaded.kind === 'ok';
  const found = isValid ? loaded.warnings : loaded.diagnostics;
  if (!isValid || !options.run) world.faults.diagnostics(atOptions(found, imported));
  return isValid;
}

/** The value of an option that the user gave. @param argument the option and its value, as on a command line */
export function valueSpan(argument: string): Span {
  return {...argumentSpan(argument), start: argument.indexOf(' ') + 1};
}

/** Diagnostics at the options, one of a kind at each: an option may stand in several stages, which describe it differently. */
function atOptions(
  found: readonly Diagnostic[],
  {text, given}: ImportedText,
): readonly Diagnostic[] {
  const placed = (span: Span): Span => {
    const {file, start, end} = span;
    const option = given.find((one) => one.start <= start && end <= one.end);
    if (file.text !== text || option === undefined) return span;
    return valueSpan(option.argument);
  };
  const told = new Map<string, Diagnostic>();
  for (const {span: before, notes: others, ...diagnostic} of found) {
    const span = placed(before);
    const notes = others.map((note) => (note.span ? {...note, span: placed(note.span)} : note));
    const isMoved = span !== before;
    const key = [diagnostic.code, span.file.text, span.start, isMoved || diagnostic.message].join();
    if (!told.has(key)) told.set(key, {...diagnostic, span, notes});
  }
  return [...told.values()];
}

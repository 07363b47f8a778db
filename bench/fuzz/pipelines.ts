import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {parse, parseDocument, type Document} from 'yaml';
import type {Diagnostic} from '../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../src/diagnostics/format-diagnostics.ts';
import {Random} from '../../src/learning/random.ts';
import {chooseInstances, parseWishes} from '../../src/pipeline/graph/choose-instances.ts';
import type {InstanceGraph} from '../../src/pipeline/graph/instance.ts';
import {pipelineSchema} from '../../src/pipeline/schema/json-schema.ts';
import {pinEngine} from '../../src/pipeline/graph/pin-engine.ts';
import {planGraph} from '../../src/plan/plan-graph.ts';
import {compileSchema} from '../../test/support/texts/compile-schema.ts';
import type {Attack, Attempt} from './attack.ts';
import {editPipeline} from './pipeline-edits.ts';
import {load, makePool, registries, storeResults, type Based} from './pipeline-pool.ts';
import {engines} from '../../src/tensor/engines/engines.ts';

/** Runs nearly valid pipelines through all passes up to a plan, and through the schema for editors. */
export const pipelines: Attack = {
  stepMs: 2000,
  prepare: async (folder) => {
    const pool = await makePool();
    for (const based of pool) await storeResults({root: path.join(folder, 'full')}, based);
    writeFileSync(path.join(folder, 'pool.json'), JSON.stringify(pool));
  },
  open: (prepared, seed) => {
    const pool = JSON.parse(
      readFileSync(path.join(prepared, 'pool.json'), 'utf8'),
    ) as readonly Based[];
    const schemas = {
      scripted: compileSchema(pipelineSchema(registries.scripted)),
      real: compileSchema(pipelineSchema(registries.real)),
    };
    const documents = new Map<string, Document>();
    const documentOf = (text: string): Document => {
      const known = documents.get(text) ?? parseDocument(text);
      documents.set(text, known);
      return known;
    };
    const stores = ['empty', 'full'].map((name) => ({root: path.join(prepared, name)}));
    const attempt: Attempt = async (index, tell) => {
      const random = new Random(seed, 'pipelines', index);
      const based = pool[random.integer(pool.length)]!;
      const names = Object.keys(based.files);
      const name = names[random.integer(names.length)]!;
      const text = editPipeline(random, based.files[name]!, documentOf(based.files[name]!));
      const files = {...based.files, [name]: text};
      tell(`load ${index}`);
      const faults: string[] = [];
      const loaded = await load(based, files);
      const diagnostics = loaded.kind === 'ok' ? loaded.warnings : loaded.diagnostics;
      if (loaded.kind === 'invalid' && diagnostics.length === 0)
        faults.push('refused without a word');
      faults.push(...diagnostics.flatMap((one) => faultsOfDiagnostic(one, files)));
      if (loaded.kind === 'ok') {
        for (const store of stores) planAll(loaded.graph, store.root);
        if (name === names[0]) faults.push(...schemaFaults(schemas[based.types], text));
      }
      const what = `${path.basename(name)} of\n${text.slice(0, 6000)}`;
      return {what, faults, notes: [loaded.kind, ...new Set(diagnostics.map(({code}) => code))]};
    };
    return Promise.resolve(guarded(attempt));
  },
};

/** Turns an exception into a fault, with its place. */
function guarded(attempt: Attempt): Attempt {
  return async (index, tell) => {
    let text = '';
    try {
      return await attempt(index, (step) => tell((text = step)));
    } catch (error) {
      const stack = error instanceof Error ? error.stack! : String(error);
      return {what: text, faults: [stack], notes: ['thrown']};
    }
  };
}

/** Chooses and plans all of a graph. */
function planAll(graph: InstanceGraph, root: string): void {
  const pinned = pinEngine(graph, 'auto', engines);
  if (pinned.kind === 'invalid') return;
  const {wishes} = parseWishes({select: [], until: [], force: []});
  const chosen = chooseInstances(pinned.graph, wishes);
  if (chosen.kind === 'chosen') planGraph(chosen.choice.graph, {root}, chosen.choice.forced);
}

/** Checks that a mistake is within a file that was read, and that its mark is shown. */
function faultsOfDiagnostic(diagnostic: Diagnostic, files: Based['files']): readonly string[] {
  const {code, message, notes, span} = diagnostic;
  const places = [span, ...notes.flatMap((note) => note.span ?? [])];
  const shown = formatDiagnostics([diagnostic]);
  const isOdd = places.some(
    ({file, start, end}) => !(0 <= start && start <= end && end <= file.text.length),
  );
  const isKnown = Object.keys(files).some(
    (name) => path.basename(name) === path.basename(span.file.name),
  );
  return [
    ...(isOdd ? [`${code}: a place that lies in no file`] : []),
    ...(isKnown ? [] : [`${code}: of ${span.file.name}`]),
    ...(/\S.*[.!?)`]$/s.test(message.trim()) ? [] : [`${code}: no sentence: ${message}`]),
    ...(/^\s*(?:\^|~+)$/m.test(shown) || span.file.text.trim() === ''
      ? []
      : [`${code}: no mark:\n${shown}`]),
    ...(/[\p{Cc}\p{Bidi_Control}]/u.test(shown.replaceAll(/[\n\t]/g, ''))
      ? [`${code}: control characters`]
      : []),
  ];
}

/** Checks that editors accept what the program accepts. */
function schemaFaults(accepts: ReturnType<typeof compileSchema>, text: string): readonly string[] {
  // An editor checks mappings as they are with those merged in.
  const value: unknown = parse(text, {maxAliasCount: -1, uniqueKeys: false, merge: true});
  if (accepts(value)) return [];
  return [`the schema refuses what is valid: ${JSON.stringify(accepts.errors?.slice(0, 3))}`];
}

import {parseSelection, type Selection, type Word} from '../graph/selection.ts';

/** A parsed reference: `stage.output`, `stage.output[*]` or `stage.output[axis=value,…]`. */
export interface Reference {
  readonly stage: Word;
  /** Of a nested pipeline, `stage.output` of one of its stages as well. */
  readonly output: Word;
  readonly selection: Selection;
}

export type ParsedReference =
  | {readonly kind: 'parsed'; readonly reference: Reference}
  | {readonly kind: 'bad'; readonly at: number; readonly expected: string};

/** Parses a reference, without checking whether its names exist. */
export function parseReference(text: string): ParsedReference {
  const match = /^([^.[\]]+)\.([^.[\]]+(?:\.[^.[\]]+)*)/.exec(text);
  if (match === null) return {kind: 'bad', at: 0, expected: '`stage.output`'};
  const [whole, stage, output] = match as unknown as readonly [string, string, string];
  const parsed = parseSelection(text, whole.length);
  if (parsed.kind === 'bad') return parsed;
  const reference = {
    stage: {text: stage, start: 0, end: stage.length},
    output: {text: output, start: stage.length + 1, end: whole.length},
    selection: parsed.selection,
  };
  return {kind: 'parsed', reference};
}

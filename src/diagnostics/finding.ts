import type {Diagnostic, Note} from './diagnostic.ts';
import {placeOf, type Place} from './place-of.ts';
import {commandLine, type Span} from './span.ts';

/**
 * A mistake as programs read it: the form in which every command with `--json` prints mistakes. Places are absent where
 * a mistake is in no text, such as that of an unusable store.
 */
export interface Finding extends Partial<Place> {
  /** One of `diagnosticCodes`, or of the command line's `faultCodes`. */
  readonly code: string;
  readonly severity: Diagnostic['severity'];
  /** A whole sentence. */
  readonly message: string;
  /** The file, as the user named it. Absent: the mistake is on the command line, or in no text. */
  readonly file?: string;
  /** The argument of the command line that the place is in. */
  readonly argument?: string;
  readonly notes: readonly FindingNote[];
  /** What the user probably meant, as they would write it. */
  readonly suggestion?: string;
}

/** A note, with its own place if it has one. */
export interface FindingNote extends Partial<Place> {
  readonly message: string;
  readonly file?: string;
  readonly argument?: string;
}

/** A diagnostic for programs. */
export function findingOf({code, severity, message, span, notes, suggestion}: Diagnostic): Finding {
  return {
    code,
    severity,
    message,
    ...locationOf(span),
    notes: notes.map(noteOf),
    ...(suggestion !== undefined && {suggestion: bare(suggestion)}),
  };
}

function noteOf({message, span}: Note): FindingNote {
  return {message, ...(span !== undefined && locationOf(span))};
}

function locationOf(span: Span): Omit<FindingNote, 'message'> {
  const {name, text} = span.file;
  return {...(name === commandLine ? {argument: text} : {file: name}), ...placeOf(span)};
}

/** A suggestion without the quotes that set it off in a sentence. */
function bare(suggestion: string): string {
  return suggestion.replace(/^`([^`]*)`$/, '$1');
}

import type {SourceFile, Span} from './span.ts';

/** Every kind of mistake a user can make in a pipeline or its arguments, and what it means. */
export const diagnosticCodes = {
  'missing-file': 'The file is not there.',
  'unreadable-file': 'The file is there but cannot be read.',
  'not-utf8': 'The file is not UTF-8 text.',
  'too-large': 'A limit that keeps a slip from filling the memory is exceeded.',
  'empty-file': 'The file holds nothing but white space and comments.',
  'yaml-syntax': 'The text is not YAML. Only the first such mistake is told.',
  'duplicate-key': 'A mapping gives the same key twice.',
  'multiple-documents': 'The file holds more than one YAML document.',
  'unsupported-tag': 'A YAML tag asks for something other than plain data.',
  'non-string-key': 'A key is not text.',
  'bad-alias': 'A YAML alias has no anchor, or contains itself.',
  'bad-value': 'A value is not what its place takes.',
  'bad-name': 'A name has characters that references could not spell.',
  'unknown-key': 'A key that its place does not know.',
  'missing-key': 'A key that must be given is not.',
  'conflicting-keys': 'A key that cannot stand beside another one.',
  'unknown-stage-type': 'What `uses` names is not a stage type.',
  'missing-plugin': 'A plugin that is not there.',
  'bad-plugin': 'A plugin that cannot be loaded, or that has no stage types.',
  'bad-contract': 'A stage type of a plugin declares what no stage type can have.',
  'duplicate-type': 'A plugin has a stage type of a name that is taken.',
  'unknown-media': 'An output of a program is of no kind that there is.',
  'unknown-param': 'A parameter that is not declared.',
  'missing-param': 'A parameter without a default is not given.',
  'unused-param': 'A parameter of the pipeline that nothing refers to.',
  'unknown-name': 'A `${…}` names something that does not exist.',
  'bad-matrix': 'A matrix gives no instances, or the same one twice.',
  'bad-reference': 'An input reference that is not `stage.output[…]`.',
  'unknown-stage': 'A reference to a stage that does not exist.',
  'unknown-output': 'A reference to an output its stage does not have.',
  'unknown-input': 'An input that the stage type does not have.',
  'missing-input': 'An input that must be connected is not.',
  'media-mismatch': 'An output is connected to an input that takes something else.',
  'unknown-axis': 'A matrix axis that the stage does not have.',
  'unknown-value': 'A value that is not on the matrix axis.',
  'unjoined-axis': 'A reference leaves open which value of an axis it means.',
  misfit:
    'A parameter or an input that does not go with the others, or with what is known of what flows in.',
  'bad-check': 'The check of a stage type of a plugin fails itself.',
  'unknown-program': 'A program that is not on the PATH.',
  'not-enough-devices': 'More is asked for than this machine has.',
  'wrong-count': 'An input that takes exactly one artifact is given none or several.',
  'unmet-numerics': 'What a pipeline asks of `numerics` cannot be had.',
  cycle: 'Stages, or parameters, that wait for each other.',
  'nested-cycle': 'A pipeline file that uses itself.',
  'bad-override': 'A `--set` that is not `name=value`.',
  'bad-selector': 'A selector that is not `stage[axis=value,…]`.',
  'left-out': 'What is to be forced is not among what is to run.',
  'several-files': 'More than one pipeline file on a command line.',
} as const satisfies Record<string, string>;

export type DiagnosticCode = keyof typeof diagnosticCodes;

/** More about a diagnostic, perhaps at another place. */
export interface Note {
  readonly message: string;
  readonly span?: Span;
}

/** What is wrong, where, and what to do about it. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** A whole sentence: what was expected and what was found. */
  readonly message: string;
  readonly span: Span;
  readonly notes: readonly Note[];
  /** What the user probably meant, as they would write it. */
  readonly suggestion?: string;
}

/** What a reporter of a mistake may add to it. */
export interface DiagnosticDetail {
  readonly notes?: readonly Note[];
  readonly suggestion?: string | undefined;
  /** Tells apart mistakes of one code at one place, such as several things that are missing there. */
  readonly about?: string;
}

/**
 * Collects the mistakes of one load. The same code about the same thing at the same place counts once, because the
 * instances of a stage share its text.
 */
export class DiagnosticLog {
  readonly #byPlace = new Map<string, Diagnostic>();
  /** Files in the order they were first heard of: arguments share a name. */
  readonly #files = new Map<SourceFile, number>();
  #errors = 0;

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  error(code: DiagnosticCode, span: Span, message: string, detail: DiagnosticDetail = {}): void {
    const {about, ...rest} = settled(detail);
    if (this.#add({code, severity: 'error', message, span, ...rest}, about)) this.#errors++;
  }

  warning(code: DiagnosticCode, span: Span, message: string, detail: DiagnosticDetail = {}): void {
    const {about, ...rest} = settled(detail);
    this.#add({code, severity: 'warning', message, span, ...rest}, about);
  }

  /** In the order of files, by name, and places. */
  sorted(): readonly Diagnostic[] {
    return [...this.#byPlace.values()].sort(
      (a, b) =>
        compare(a.span.file.name, b.span.file.name) ||
        this.#files.get(a.span.file)! - this.#files.get(b.span.file)! ||
        a.span.start - b.span.start ||
        a.span.end - b.span.end ||
        compare(a.code, b.code),
    );
  }

  #add(diagnostic: Diagnostic, about: string): boolean {
    const {code, span} = diagnostic;
    const file = this.#files.get(span.file) ?? this.#files.size;
    this.#files.set(span.file, file);
    const place = `${code} ${file} ${span.start} ${span.end} ${about}`;
    if (this.#byPlace.has(place)) return false;
    this.#byPlace.set(place, diagnostic);
    return true;
  }
}

function settled({notes = [], suggestion, about = ''}: DiagnosticDetail) {
  return {notes, about, ...(suggestion !== undefined && {suggestion})};
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

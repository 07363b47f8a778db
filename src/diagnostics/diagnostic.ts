import type {SourceFile, Span} from './span.ts';

/** The kinds of mistakes that a user can make in a pipeline or its arguments, with their meanings. */
export const diagnosticCodes = {
  'missing-file': 'The file does not exist.',
  'unreadable-file': 'The file exists but cannot be read.',
  'not-utf8': 'The file is not UTF-8 text.',
  'too-large': 'A size limit is exceeded. It protects the memory against mistakes.',
  'empty-file': 'The file contains only white space and comments.',
  'yaml-syntax': 'The text is not YAML. Only the first such mistake is reported.',
  'duplicate-key': 'A mapping gives the same key twice.',
  'multiple-documents': 'The file holds more than one YAML document.',
  'unsupported-tag': 'A YAML tag asks for something other than plain data.',
  'non-string-key': 'A key is not text.',
  'bad-alias': 'A YAML alias has no anchor, or contains itself.',
  'bad-value': 'A value is not valid in its place.',
  'bad-name': 'A name contains characters that references cannot contain.',
  'unknown-key': 'A key is not known in its place.',
  'missing-key': 'A required key is missing.',
  'conflicting-keys': 'A key cannot be combined with another one.',
  'unknown-stage-type': '`uses` names something that is not a stage type.',
  'missing-plugin': 'A plugin does not exist.',
  'bad-plugin': 'A plugin cannot be loaded, or has no stage types.',
  'bad-contract': 'The contract of a stage type in a plugin is invalid.',
  'duplicate-type': 'A stage type of a plugin has a name that is already taken.',
  'unknown-media': 'An output of a program has an unknown media.',
  'unknown-param': 'A parameter is not declared.',
  'missing-param': 'A parameter without a default is not given.',
  'unused-param': 'Nothing refers to a parameter of the pipeline.',
  'unknown-name': 'A `${…}` names something that does not exist.',
  'bad-matrix': 'A matrix gives no instances, or the same one twice.',
  'bad-reference': 'An input reference is not `stage.output[…]`.',
  'unknown-stage': 'A reference names a stage that does not exist.',
  'unknown-output': 'A reference names an output that its stage does not have.',
  'unknown-input': 'The stage type does not have this input.',
  'missing-input': 'A required input is not connected.',
  'media-mismatch': 'An output is connected to an input of another media.',
  'unknown-axis': 'The stage does not have this matrix axis.',
  'unknown-value': 'The matrix axis does not have this value.',
  'unjoined-axis': 'A reference leaves open which value of an axis it means.',
  misfit:
    'A parameter or an input does not go with the others, or with what is known of what flows in.',
  'bad-check': 'The check of a stage type of a plugin fails itself.',
  'unknown-program': 'A program is not on the PATH, or not in the folder that its stage starts in.',
  'uncovered-file':
    'A program is given a file of its folder that is no input, so that the key does not cover the file.',
  'unknown-cluster': 'No profile of a cluster has the name after `--on`.',
  'unmet-resources': 'No pool of the cluster gives what an instance asks for.',
  'not-enough-devices': 'An instance requests more devices than this machine has.',
  'wrong-count': 'An input that takes exactly one artifact is given none or several.',
  'unmet-numerics': 'The `numerics` that a pipeline asks for cannot be provided.',
  'lock-mismatch': 'The lock of a pipeline holds other data, code or settings than there are.',
  cycle: 'Stages, or parameters, wait for each other.',
  'nested-cycle': 'A pipeline file uses itself.',
  'extends-cycle': 'A pipeline file extends itself.',
  'bad-override': 'The value of `--set` or `--over` is not `name=…`.',
  'bad-selector': 'A selector is not `stage[axis=value,…]`.',
  'left-out': 'A forced instance is not among the instances to run.',
  'several-files': 'The command line names more than one pipeline file.',
} as const satisfies Record<string, string>;

export type DiagnosticCode = keyof typeof diagnosticCodes;

/** Additional information for a diagnostic, perhaps about another place. */
export interface Note {
  readonly message: string;
  readonly span?: Span;
}

/** A mistake: what is wrong, where, and what to do about it. */
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

/** Optional details of a reported mistake. */
export interface DiagnosticDetail {
  readonly notes?: readonly Note[];
  readonly suggestion?: string | undefined;
  /** Distinguishes mistakes with one code at one place, such as several missing keys. */
  readonly about?: string;
}

/**
 * Collects the mistakes of one load. The same code about the same thing at the same place counts once, because the
 * instances of a stage share its text.
 */
export class DiagnosticLog {
  readonly #byPlace = new Map<string, Diagnostic>();
  /** Files in the order in which they were first reported: arguments share a name. */
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

  /** Sorted by file and place. */
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

import type {Diagnostic} from '../diagnostics/diagnostic.ts';
import {findingOf, type Finding} from '../diagnostics/finding.ts';
import {formatDiagnostics} from '../diagnostics/format-diagnostics.ts';
import {Painted} from '../report/format/painted.ts';
import {wrapped} from '../report/format/wrapped.ts';
import type {Screen} from '../report/live/reporter.ts';

/** The faults that are in no text, with their meanings: those of a pipeline's text are diagnostics. */
export const faultCodes = {
  'bad-command-line': 'The command line was not understood.',
  'unusable-store':
    'The store does not exist, is damaged, was made by a newer program, or cannot be read or written.',
  'unknown-pipeline': 'No pipeline that comes with this program has this name.',
  'unknown-run': 'No run has this name, or several have.',
  'unfit-run':
    'The run goes on, has not begun, is pinned, is on no cluster, or belongs to another machine or user.',
  'unstarted-run': 'No process could be started for a run, or a cluster refused its members.',
  'unknown-instance': 'The run has no such instance.',
  'unknown-result': 'No instance, artifact, file or run has this name, or several have.',
  'unknown-column': 'No run has a parameter or a number of this name.',
  'unlike-kinds': 'The two things that should be compared are not of one kind.',
  'damaged-artifact': 'The bytes of an artifact are gone, or not those that were stored.',
  'no-remote': 'No remote cache is configured, or no key to sign results with.',
  'unwritable-file': 'A file that was asked for cannot be written.',
  'bad-data': 'Files of the user are not what the command needs.',
  'internal-error': "There is a bug in Distillery's own code.",
} as const satisfies Record<string, string>;

export type FaultCode = keyof typeof faultCodes;

/** Where commands tell what the user did wrong, or has to know before anything can be done. */
export interface Faults {
  /** Tells mistakes in a pipeline or in arguments: errors, or warnings that stop nothing. */
  diagnostics(found: readonly Diagnostic[]): void;
  /**
   * Tells one fault by a whole sentence.
   * @param note what to do about it
   */
  fault(code: FaultCode, message: string, note?: string): void;
}

/** Tells faults to people, in colour if that is wanted. */
export class PrintedFaults implements Faults {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  diagnostics(found: readonly Diagnostic[]): void {
    const {colours} = this.#screen;
    const {columns} = this.#screen.size();
    // `formatDiagnostics` replaces invisible characters in what it quotes.
    const text = formatDiagnostics(found, {color: colours, columns});
    this.#screen.write(new Painted(wrapped(text, columns)));
  }

  fault(_code: FaultCode, message: string, note?: string): void {
    this.#screen.write(`${message}\n${note === undefined ? '' : `${note}\n`}`);
  }
}

/** Keeps faults for a program that reads them. */
export class CollectedFaults implements Faults {
  readonly found: Finding[] = [];

  get hasErrors(): boolean {
    return this.found.some(({severity}) => severity === 'error');
  }

  diagnostics(found: readonly Diagnostic[]): void {
    this.found.push(...found.map(findingOf));
  }

  fault(code: FaultCode, message: string, note?: string): void {
    const notes = note === undefined ? [] : [{message: note}];
    // The severity says what commander writes before its sentences.
    const sentence = message.replace(/^error: /, '');
    this.found.push({code, severity: 'error', message: sentence, notes});
  }
}

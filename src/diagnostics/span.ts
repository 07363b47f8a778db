/** A text that diagnostics point into. It includes the contents, so that printing needs nothing else. */
export interface SourceFile {
  /** The name by which the user gave it; `command line` for arguments. */
  readonly name: string;
  readonly text: string;
}

/** Part of a text: UTF-16 offsets, `start` inclusive, `end` exclusive. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** What the arguments that the user typed are named as a file. */
export const commandLine = 'command line';

/** The whole of an argument that the user typed, as a text of its own. */
export function argumentSpan(text: string): Span {
  return {file: {name: commandLine, text}, start: 0, end: text.length};
}

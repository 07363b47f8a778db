import type {RunEvent} from '../../journal/event.ts';
import type {Painted} from '../format/painted.ts';

/** A destination of text for people or programs: a terminal, a pipe or a file. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Whether colours are wanted. */
  readonly colours: boolean;
  /** The current size of the terminal, in characters; infinite if it is not a terminal, so that nothing is cut. */
  size(): {readonly columns: number; readonly rows: number};
  /** Writes text for people, with invisible characters replaced, whatever it quotes; `sentText` gives what is sent. */
  write(...pieces: readonly (string | Painted)[]): void;
  /** Writes stored bytes: unchanged to a pipe or a file, and as visible text, which `shown` gives, to a terminal. */
  writeStored(bytes: Uint8Array, shown?: (text: string) => string): void;
}

/** Shows a run as it happens. */
export interface Reporter {
  onEvent(event: RunEvent): void;
  /** Shows a text that is not an event of the run, line feed included. */
  note(text: string): void;
  /** Restores the terminal. Nothing is shown after it. */
  close(): void;
}

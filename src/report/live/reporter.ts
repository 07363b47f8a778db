import type {RunEvent} from '../../journal/event.ts';
import type {Painted} from '../format/painted.ts';

/** Where text for people or programs goes: a terminal, a pipe or a file. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Colours are wanted. */
  readonly colours: boolean;
  /** The size of the terminal now, in characters; of what is none, ∞: nothing has to be cut there. */
  size(): {readonly columns: number; readonly rows: number};
  /** Writes for people: of texts every character can be seen, whatever they quote; `sentText` gives what arrives. */
  write(...pieces: readonly (string | Painted)[]): void;
  /** Writes what is stored: to a program or a file as it is, on a terminal as text that can be seen, as `shown` gives it. */
  writeStored(bytes: Uint8Array, shown?: (text: string) => string): void;
}

/** Shows a run as it happens. */
export interface Reporter {
  onEvent(event: RunEvent): void;
  /** Tells people something that is no event of the run, line feed included. */
  note(text: string): void;
  /** Leaves the terminal as it was found. Nothing is shown after it. */
  close(): void;
}

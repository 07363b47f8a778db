import type {RunEvent} from '../schedule/event.ts';

/** Where text for people or programs goes: a terminal, a pipe or a file. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Colours are wanted. */
  readonly colours: boolean;
  /** The size of the terminal now, in characters; of what is none, ∞: nothing has to be cut there. */
  size(): {readonly columns: number; readonly rows: number};
  write(text: string): void;
}

/** Shows a run as it happens. */
export interface Reporter {
  onEvent(event: RunEvent): void;
  /** Tells people something that is no event of the run, line feed included. */
  note(text: string): void;
  /** Leaves the terminal as it was found. Nothing is shown after it. */
  close(): void;
}

/** Tells lines to the user: at first on a screen, then as a run's reporter shows them. */
export class LineTeller {
  #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  readonly tell = (line: string): void => this.#write(line);

  /** Leaves the lines to a reporter. */
  giveTo(write: (line: string) => void): void {
    this.#write = write;
  }
}

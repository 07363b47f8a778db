import {visibleText} from '../../base/visible.ts';

/** Text with this program's own control sequences: the only text that reaches a terminal unchanged. */
export class Painted {
  readonly text: string;

  /** @param text all text from elsewhere in it has to be made visible by the caller */
  constructor(text: string) {
    this.text = text;
  }
}

/** The text that is sent to a screen: in everything but `Painted`, invisible characters are replaced. */
export function sentText(pieces: readonly (string | Painted)[]): string {
  return pieces
    .map((piece) => (piece instanceof Painted ? piece.text : visibleText(piece)))
    .join('');
}

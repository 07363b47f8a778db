import {visibleText} from '../../base/visible.ts';

/** Text with control sequences that are this program's own: all that reaches a terminal as it is. */
export class Painted {
  readonly text: string;

  /** @param text whoever makes one has made everything visible in it that comes from elsewhere */
  constructor(text: string) {
    this.text = text;
  }
}

/** What a screen is sent: every other text so that each of its characters can be seen. */
export function sentText(pieces: readonly (string | Painted)[]): string {
  return pieces
    .map((piece) => (piece instanceof Painted ? piece.text : visibleText(piece)))
    .join('');
}

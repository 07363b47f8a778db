import {visibleText} from '../../base/visible.ts';
import {Painted} from '../format/painted.ts';

/** Colours lasting lines by their first mark, and quoted log lines grey. */
export function tinted(text: string): Painted {
  return new Painted(
    visibleText(text)
      .replaceAll(/^[✓]/gm, styled(32))
      .replaceAll(/^[✗]/gm, styled(31))
      .replaceAll(/^[‖↻↺!…–]/gm, styled(33))
      .replaceAll(/^ {2}│.*$/gm, styled(90)),
  );
}

/** Colours the footer: the empty part of bars is grey. */
export function dimmed(text: string): Painted {
  return new Painted(visibleText(text).replaceAll(/░+/g, styled(90)).replaceAll(/█+/g, styled(36)));
}

function styled(code: number): string {
  return `\u001b[${code}m$&\u001b[39m`;
}

import {stripVTControlCharacters} from 'node:util';
import {visibleText} from '../../base/visible.ts';

/**
 * A log as a terminal would finally show it: only the last state of a progress bar, and no colours, since one that
 * hides text is a colour as well.
 */
export function logText(text: string): string {
  return text.split('\n').map(logLine).join('\n');
}

function logLine(line: string): string {
  const last = line.trimEnd().split('\r').at(-1)!;
  return visibleText(stripVTControlCharacters(last)).trimEnd();
}

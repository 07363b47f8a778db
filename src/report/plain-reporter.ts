import type {InstanceId} from '../pipeline/instance.ts';
import type {RunEvent} from '../schedule/event.ts';
import {Board} from './board.ts';
import {describeProgress, lastingText, startLine} from './event-line.ts';
import type {Reporter, Screen} from './reporter.ts';
import type {RunPlace} from './run-place.ts';

/** Progress of one instance is told at most this often: a log is read afterwards. */
const progressIntervalMs = 10_000;

/** Plain lines, for a screen that is not a terminal. */
export function plainReporter(screen: Screen, place: RunPlace): Reporter {
  const board = new Board();
  const toldMs = new Map<InstanceId, number>();
  const progressText = (event: Extract<RunEvent, {kind: 'progress'}>): string => {
    const running = board.find(event.instance);
    const nowMs = Date.parse(event.at);
    const since = nowMs - (toldMs.get(event.instance) ?? running?.startMs ?? nowMs);
    if (running === undefined || since < progressIntervalMs) return '';
    toldMs.set(event.instance, nowMs);
    return `  ${event.instance}  ${describeProgress(running, nowMs)}\n`;
  };
  return {
    onEvent: (event) => {
      const lasting = lastingText(event, board, place);
      board.fold(event);
      if (event.kind === 'started') screen.write(startLine(event));
      else if (event.kind === 'progress') screen.write(progressText(event));
      else if (lasting !== '') screen.write(lasting);
    },
    close: () => undefined,
  };
}

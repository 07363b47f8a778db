import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {RunEvent} from '../../journal/event.ts';
import {startLine} from './event-line.ts';
import {writeWrapped} from '../format/wrapped.ts';
import {describeProgress, totals} from './footer.ts';
import type {Reporter, Screen} from './reporter.ts';
import type {RunPlace} from '../text/run-place.ts';
import {Scrollback} from './scrollback.ts';

/** Minimum interval between progress lines of one instance, since a log is read afterwards. */
const progressIntervalMs = 10_000;

/** Interval of the lines about the whole run. */
const totalsIntervalMs = 30_000;

/** Plain lines, for a screen that is not a terminal. */
export function plainReporter(screen: Screen, notes: Screen, place: RunPlace): Reporter {
  const scrollback = new Scrollback(place);
  const {state} = scrollback;
  const toldMs = new Map<InstanceId, number>();
  let totalsMs: number | undefined;
  const progressText = (event: Extract<RunEvent, {kind: 'progress'}>): string => {
    const running = state.find(event.instance);
    const nowMs = Date.parse(event.at);
    const since = nowMs - (toldMs.get(event.instance) ?? running?.startMs ?? nowMs);
    if (running === undefined || since < progressIntervalMs) return '';
    toldMs.set(event.instance, nowMs);
    return `  ${event.instance}  ${describeProgress(running, nowMs)}\n`;
  };
  const totalsText = ({at, kind}: RunEvent): string => {
    // Thousands of hits may arrive at once.
    if (kind === 'hit') return '';
    const nowMs = Date.parse(at);
    totalsMs ??= nowMs;
    if (nowMs - totalsMs < totalsIntervalMs || kind === 'run-finished') return '';
    totalsMs = nowMs;
    return `  ${totals(state, nowMs, Number.POSITIVE_INFINITY)}\n`;
  };
  return {
    onEvent: (event) => {
      let text = scrollback.add(event);
      if (event.kind === 'started') text += startLine(event);
      if (event.kind === 'progress') text += progressText(event);
      text += totalsText(event);
      if (text !== '') writeWrapped(screen, text);
    },
    note: (text) => writeWrapped(notes, text),
    close: () => undefined,
  };
}

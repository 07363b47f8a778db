import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {RunEvent} from '../../journal/event.ts';
import {RunState} from '../../journal/run-state.ts';
import {formatRoughly} from '../format/duration.ts';
import {lastingText} from './event-line.ts';
import type {RunPlace} from '../text/run-place.ts';

/** Number of names to list in a line. */
const listed = 3;

/**
 * The lasting lines of a run, event by event: a line for each instance that ended, and one line for thousands of
 * similar events.
 */
export class Scrollback {
  readonly state = new RunState();
  readonly #place: RunPlace;
  #hitsTold = false;
  readonly #failed = new Set<InstanceId>();
  #unstarted = 0;
  /** Whether a failure kept instances from being started. */
  #hasCut = false;
  /** Skipped instances, by the instance that is to blame. */
  readonly #skipped = new Map<InstanceId, {count: number; readonly first: InstanceId[]}>();

  constructor(place: RunPlace) {
    this.#place = place;
  }

  /** Takes an event and gives the lasting lines, line feeds included. Empty: none. */
  add(event: RunEvent): string {
    const lines = this.#linesOf(event);
    const hits = lines !== '' || event.kind === 'started' ? this.#hitsLine() : '';
    this.state.fold(event);
    return hits + lines;
  }

  #linesOf(event: RunEvent): string {
    if (event.kind === 'run-finished') return this.#restLines();
    if (event.kind === 'failed') this.#failed.add(event.instance);
    if (event.kind === 'skipped') {
      this.#skip(event.instance, event.because);
      return '';
    }
    if (event.kind === 'unstarted') {
      this.#unstarted++;
      this.#hasCut ||= event.why === 'failure';
      return '';
    }
    return lastingText(event, this.state, this.#place);
  }

  /** The line about hits that were found before anything else happened; later ones are only counted. */
  #hitsLine(): string {
    const {hits, savedMs} = this.state.counts;
    if (this.#hitsTold) return '';
    this.#hitsTold = true;
    if (hits === 0) return '';
    const saved = savedMs < 1000 ? '' : `, which saves ${formatRoughly(savedMs)}`;
    return `✓ ${hits} stored already${saved}\n`;
  }

  #unstartedLine(): string {
    const line = `${this.#unstarted} not started`;
    if (!this.#hasCut) return `‖ ${line}`;
    const it = this.#failed.size === 1 ? 'it' : 'a failure';
    return `– ${line}; --keep-going runs what does not depend on ${it}`;
  }

  #skip(id: InstanceId, because: InstanceId): void {
    const group = this.#skipped.get(because) ?? {count: 0, first: []};
    group.count++;
    if (group.first.length < listed) group.first.push(id);
    this.#skipped.set(because, group);
  }

  #restLines(): string {
    const groups = [...this.#skipped];
    const lines = groups
      .slice(0, listed)
      .map(
        ([because, {count, first}]) => `– ${count} skipped after ${because}: ${some(first, count)}`,
      );
    const further = groups.slice(listed).reduce((sum, [, {count}]) => sum + count, 0);
    if (further > 0) lines.push(`– ${further} skipped after ${groups.length - listed} others`);
    if (this.#unstarted > 0) lines.push(this.#unstartedLine());
    // With many failures, the first has long scrolled away.
    const {size} = this.#failed;
    if (size > 1) lines.push(`✗ ${size} failed: ${some([...this.#failed].slice(0, listed), size)}`);
    return lines.map((line) => `${line}\n`).join('');
  }
}

function some(first: readonly InstanceId[], count: number): string {
  const more = count > first.length ? ` and ${count - first.length} more` : '';
  return first.join(', ') + more;
}

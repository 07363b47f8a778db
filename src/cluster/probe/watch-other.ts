import path from 'node:path';
import {memberPath} from '../../store/layout.ts';
import {createNote, readNote} from '../../store/note-file.ts';
import {poolFolder, type Probe, type Sight} from './probe-files.ts';

/** The two sides of a probe. */
export type Side = 'doctor' | 'member';

/**
 * One side of a probe watches the other. Each makes new files, one after the other, which the other side answers by a new
 * file as soon as it sees it; each reads the other's heartbeat. All times are by the clock of this process: of two
 * machines, clocks are never compared.
 */
export class OtherSide {
  readonly #probe: Probe;
  readonly #folder: string;
  readonly #side: Side;
  readonly #heartbeat: string;
  readonly #everyMs: number;
  readonly #nowMs: () => number;
  readonly #sight = {answers: 0, answerMs: 0, beats: 0, silenceMs: 0};
  /** Number of own files, and of the other's that were answered. */
  #calls = 0;
  #answered = 0;
  #calledMs = Number.NEGATIVE_INFINITY;
  #beat: string | undefined;
  #beatMs: number;

  /**
   * @param of.side the own one
   * @param of.other the other side's heartbeat
   * @param of.everyMs from one new file to the next, at least
   */
  constructor(
    of: {
      readonly probe: Probe;
      readonly pool: string;
      readonly side: Side;
      readonly other: string;
      readonly everyMs: number;
    },
    nowMs: () => number = () => performance.now(),
  ) {
    this.#probe = of.probe;
    this.#folder = poolFolder(of.probe, of.pool);
    this.#side = of.side;
    this.#heartbeat = memberPath(of.probe.store, of.other);
    this.#everyMs = of.everyMs;
    this.#nowMs = nowMs;
    this.#beatMs = nowMs();
  }

  /** The sight until now. It includes files that were not answered yet, and the silence since the last heartbeat. */
  get sight(): Sight {
    const {answers, answerMs, beats, silenceMs} = this.#sight;
    const nowMs = this.#nowMs();
    return {
      answers,
      answerMs: Math.max(answerMs, this.#isOpen ? nowMs - this.#calledMs : 0),
      beats,
      silenceMs: Math.max(silenceMs, nowMs - this.#beatMs),
    };
  }

  /** Looks once. */
  async look(): Promise<void> {
    this.#listen();
    await this.#answer();
    if (this.#isOpen && readNote(this.#file('answer', this.#side, this.#calls)) !== undefined) {
      this.#sight.answers++;
      this.#sight.answerMs = Math.max(this.#sight.answerMs, this.#nowMs() - this.#calledMs);
    }
    if (!this.#isOpen && this.#nowMs() - this.#calledMs >= this.#everyMs) await this.#call();
  }

  get #isOpen(): boolean {
    return this.#calls > this.#sight.answers;
  }

  #listen(): void {
    const beat = readNote(this.#heartbeat);
    if (beat === undefined || beat === this.#beat) return;
    const nowMs = this.#nowMs();
    if (this.#beat !== undefined) {
      this.#sight.beats++;
      this.#sight.silenceMs = Math.max(this.#sight.silenceMs, nowMs - this.#beatMs);
    }
    this.#beat = beat;
    this.#beatMs = nowMs;
  }

  async #call(): Promise<void> {
    this.#calls++;
    await createNote(this.#probe.store, this.#file('call', this.#side, this.#calls), '');
    this.#calledMs = this.#nowMs();
  }

  async #answer(): Promise<void> {
    const other = this.#side === 'doctor' ? 'member' : 'doctor';
    const next = this.#answered + 1;
    if (readNote(this.#file('call', other, next)) === undefined) return;
    await createNote(this.#probe.store, this.#file('answer', other, next), '');
    this.#answered = next;
  }

  /** @param side the one that calls */
  #file(what: 'call' | 'answer', side: Side, number: number): string {
    return path.join(this.#folder, `${side}-${number}.${what}`);
  }
}

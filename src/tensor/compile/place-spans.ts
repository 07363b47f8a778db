import {wholeLines} from './free-list.ts';

/** A stretch of memory that is in use for some time: from one round to another, both included. */
export interface Span {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Gives each span an offset, so that those in use at the same time do not overlap, and the bytes that all of them take.
 *
 * The largest spans come first, each at the lowest offset that is free while it is in use: memory handed out in the
 * order of time is cut up by small stretches between large ones. Offsets are at cache lines.
 */
export function placeSpans<S extends Span>(
  spans: readonly S[],
): {readonly offsets: ReadonlyMap<S, number>; readonly bytes: number} {
  const offsets = new Map<S, number>();
  /** The spans that have an offset, by offset. */
  const placed: {readonly span: S; readonly start: number; readonly end: number}[] = [];
  let bytes = 0;
  for (const span of spans.toSorted((a, b) => b.bytes - a.bytes)) {
    const size = wholeLines(span.bytes);
    let start = 0;
    for (const {span: other, ...place} of placed) {
      if (other.to < span.from || span.to < other.from) continue;
      if (start + size <= place.start) break;
      start = Math.max(start, place.end);
    }
    const end = start + size;
    const after = placed.findIndex((place) => place.start > start);
    placed.splice(after < 0 ? placed.length : after, 0, {span, start, end});
    offsets.set(span, start);
    bytes = Math.max(bytes, end);
  }
  return {offsets, bytes};
}

import {readSync} from 'node:fs';
import {ifThere} from '../base/read-text.ts';
import type {RunEvent} from './event.ts';
import {readableEvents} from './journal.ts';

/** Reads a journal while it is written: each event once; lines without an event are ignored. */
export class JournalTail {
  readonly #file: string;
  #offset = 0;
  /** The beginning of an incomplete line. */
  #rest = Buffer.alloc(0);

  constructor(file: string) {
    this.#file = file;
  }

  /** The events that were added since the last call. Empty while the journal does not exist. */
  next(): readonly RunEvent[] {
    const bytes = Buffer.concat([this.#rest, readFrom(this.#file, this.#offset)]);
    this.#offset += bytes.length - this.#rest.length;
    const end = bytes.lastIndexOf('\n') + 1;
    this.#rest = bytes.subarray(end);
    const lines = bytes.toString('utf8', 0, end).split('\n');
    return lines.flatMap((line) => readableEvents(line) ?? []);
  }
}

/** The bytes of a file from an offset to its end; empty if there is no such file. */
export function readFrom(file: string, offset: number): Buffer {
  const bytes = ifThere(file, (descriptor) => {
    const parts: Buffer[] = [];
    for (let at = offset; ; at += parts.at(-1)!.length) {
      const part = Buffer.alloc(chunkBytes);
      const read = readSync(descriptor, part, 0, chunkBytes, at);
      if (read === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, read));
    }
  });
  return bytes ?? Buffer.alloc(0);
}

const chunkBytes = 1 << 18;

import {open} from 'node:fs/promises';
import {readFlags} from '../base/read-text.ts';
import type {Container} from '../contract/media.ts';

/** The framing of a file, by its first bytes. Rejects with the file system's error. */
export async function detectContainer(path: string): Promise<Container> {
  const handle = await open(path, readFlags);
  try {
    const {size} = await handle.stat();
    const start = Buffer.alloc(16);
    await handle.read(start, 0, start.length, 0);
    if (start.toString('latin1', 0, 4) === '\x89PNG') return 'png';
    if (start.toString('latin1', 0, 6) === 'ARROW1') return 'arrow';
    // A JSON header after its length.
    const isTensors = start[8] === 0x7b && start.readBigUInt64LE() <= BigInt(size);
    return isTensors ? 'safetensors' : 'bytes';
  } finally {
    await handle.close();
  }
}

import {open} from 'node:fs/promises';
import {readFlags} from '../../base/read-text.ts';
import type {Container} from '../../contract/media.ts';
import {readUpTo} from '../../formats/read-exactly.ts';
import {startsAsSafetensors} from '../../formats/safetensors/safetensors-header.ts';
import {startsAs} from '../../formats/signature.ts';

/** The framing of a file, by its first bytes. Rejects with the file system's error. */
export async function detectContainer(path: string): Promise<Container> {
  const handle = await open(path, readFlags);
  try {
    const {size} = await handle.stat();
    const start = await readUpTo(handle, 0, 16);
    if (startsAs('png', start)) return 'png';
    if (startsAs('arrow', start)) return 'arrow';
    return startsAsSafetensors(start, size) ? 'safetensors' : 'bytes';
  } finally {
    await handle.close();
  }
}

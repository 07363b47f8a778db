import {open, stat} from 'node:fs/promises';
import {CorruptFile} from '../file-fault.ts';
import {readUpTo} from '../read-exactly.ts';
import {startsAs} from '../signature.ts';
import {readFolder} from './folder-tree.ts';
import {blockBytes, parseTarHeader} from './tar-header.ts';
import {readTar} from './tar-tree.ts';
import type {TreeFile, TreeLimits} from './tree-file.ts';
import {readZip} from './zip-tree.ts';

/**
 * The files of a folder, or of a tar (gzipped or not) or zip archive. Nothing is written to the disk, and nothing is
 * read by a name that an archive gives. Files of a folder or a zip have a fixed order, files of a tar the order of the
 * archive.
 * @throws CorruptFile during iteration: for a damaged archive, for entries that are links or lead out of it, and if a
 * limit is exceeded
 */
export async function* readTree(
  path: string,
  limits: Partial<TreeLimits> = {},
): AsyncGenerator<TreeFile> {
  const found = await stat(path);
  if (found.isDirectory()) return yield* readFolder(path, limitsFor(Infinity, limits));
  const bounds = limitsFor(found.size, limits);
  switch (await formatOf(path)) {
    case 'zip':
      return yield* readZip(path, bounds);
    case 'gzip':
      return yield* readTar(path, {...bounds, gzipped: true});
    case 'tar':
      return yield* readTar(path, {...bounds, gzipped: false});
    case undefined:
      throw new CorruptFile(path, 'neither a folder, nor a tar, tar.gz or zip archive');
  }
}

/**
 * Limit of the compression ratio: pictures and tar's padding compress less than this, and an archive that compresses
 * more is taken for a bomb …
 */
const maxCompression = 20;
/** … unless its unpacked size is small. */
const smallBytes = 2 ** 28;

function limitsFor(archiveBytes: number, given: Partial<TreeLimits>): TreeLimits {
  return {
    maxFiles: 5_000_000,
    maxFileBytes: 2 ** 26,
    maxTotalBytes: smallBytes + maxCompression * archiveBytes,
    ...given,
  };
}

async function formatOf(path: string): Promise<'zip' | 'gzip' | 'tar' | undefined> {
  const handle = await open(path);
  try {
    const start = await readUpTo(handle, 0, blockBytes);
    if (startsAs('zip', start)) return 'zip';
    if (startsAs('gzip', start)) return 'gzip';
    // The oldest form of tar has no magic number; its checksum identifies it.
    return parseTarHeader(start) ? 'tar' : undefined;
  } finally {
    await handle.close();
  }
}

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
 * The files of a folder, or of a tar (gzipped or not) or zip archive of one. Nothing is written to the disk, and nothing
 * is read by a name that an archive gives. A folder's and a zip's files come in an order of their own, a tar's as they
 * lie in it.
 * @throws CorruptFile while they are read: for a damaged archive, for entries that are links or lead out of it, and for
 * more than the limits allow
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

/** Pictures and tar's padding compress less than this; what compresses more is taken for a bomb … */
const maxCompression = 20;
/** … unless all of it is small. */
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
    // The oldest form of tar has no mark; its checksum tells.
    return parseTarHeader(start) ? 'tar' : undefined;
  } finally {
    await handle.close();
  }
}

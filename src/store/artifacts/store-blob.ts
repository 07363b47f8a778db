import {existsSync} from 'node:fs';
import {chmod, rm, stat} from 'node:fs/promises';
import {digestFile, type Digest} from '../../base/digest.ts';
import {isErrno} from '../../base/errno.ts';
import {linkExclusive, syncFile} from '../durable.ts';
import type {BlobStep, FailpointHook} from '../failpoint.ts';
import {blobPath, type Store} from '../layout.ts';
import type {Artifact} from '../records/record.ts';
import {stamp} from './stamp.ts';
import {quarantineArtifact, verifyArtifact} from './verify-artifact.ts';

/** Stores a file's bytes under their digest by a hard link: nothing is copied. */
export async function storeBlob(
  store: Store,
  file: string,
  failpoint: FailpointHook,
): Promise<Artifact> {
  const onStep = (step: BlobStep): void => failpoint(`blob-${step}`);
  await chmod(file, 0o444);
  onStep('read-only');
  stamp(file);
  onStep('stamped');
  await syncFile(file);
  onStep('synced');
  const digest = await digestFile(file);
  const {size: sizeBytes} = await stat(file);
  onStep('digested');
  const target = blobPath(store, digest);
  while ((await linkExclusive(file, target, onStep)) === 'exists') {
    if (await isHeld(store, {digest, file}, onStep)) break;
  }
  return {digest, sizeBytes};
}

/**
 * Whether bytes that are stored already are whole. They then get a further name, which protects them from a clean-up
 * until there is a record. Damaged ones are set aside to make room for ours.
 */
async function isHeld(
  store: Store,
  {digest, file}: {readonly digest: Digest; readonly file: string},
  onStep: (step: BlobStep) => void,
): Promise<boolean> {
  const held = `${file}.stored`;
  try {
    await linkExclusive(blobPath(store, digest), held);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false; // It has just been cleaned up.
    // Another user's file, a folder in its place, or too many names: a clean-up then decides by age alone.
    if (!isErrno(error, 'EPERM', 'EACCES', 'EMLINK')) throw error;
  }
  onStep('held');
  const state = await verifyArtifact(store, digest);
  onStep('compared');
  if (state === 'whole') {
    stamp(blobPath(store, digest));
    onStep('held-stamped');
    return true;
  }
  await rm(held, {force: true});
  onStep('let-go');
  await quarantineArtifact(store, digest);
  onStep('set-aside');
  return false;
}

/**
 * Restores artifacts that a clean-up took just before it could see the record; taking them removed one of their names.
 */
export async function restoreBlobs(
  store: Store,
  blobs: ReadonlyMap<Digest, string>,
  failpoint: FailpointHook,
): Promise<void> {
  for (const [digest, file] of blobs) {
    if (existsSync(blobPath(store, digest))) continue;
    await linkExclusive(file, blobPath(store, digest));
    failpoint('blob-restored');
  }
}

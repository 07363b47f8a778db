import {openStore} from '../../store/open-store.ts';
import path from 'node:path';
import type {Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {PipelineOptions} from '../options/pipeline-options.ts';
import {openTarget, type Target} from '../target.ts';
import type {World} from '../world.ts';
import {projectFileName} from '../project/find-project-file.ts';
import {openRemote, type OpenedRemote} from './open-remote.ts';
import {configFile} from '../project/settings.ts';

export interface TransferOptions extends PipelineOptions {
  /** Whether outputs that are bulky are transferred, too. */
  readonly bulky?: true;
  readonly json?: true;
}

/** A pipeline, a store and a remote cache between which results travel. */
export interface Transfer {
  readonly target: Target;
  readonly store: Store;
  readonly opened: OpenedRemote;
}

/** Opens all three; or gives the exit code, after the mistakes were printed. */
export async function openTransfer(
  words: readonly string[],
  options: TransferOptions,
  world: World,
): Promise<Transfer | ExitCode> {
  const target = await openTarget(words, options, world);
  if (target.kind === 'refused') return target.exitCode;
  const opened = await openRemote(options, (line) => world.stderr.write(line), world);
  if (typeof opened === 'number') return opened;
  if (opened === undefined) {
    const file = configFile(world.environment) ?? 'config.yaml';
    world.faults.fault(
      'no-remote',
      `No remote cache is configured: neither ${projectFileName} nor ${file} has \`remote\`.`,
      'docs/remote-cache.md shows one to copy.',
    );
    return exitCodes.usage;
  }
  const found = await openStore(path.resolve(world.cwd, options.store));
  if (found.kind === 'unusable') {
    world.faults.fault('unusable-store', found.message);
    return exitCodes.storeUnusable;
  }
  return {target: target.target, store: found.store, opened};
}

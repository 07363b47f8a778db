import {readFile} from 'node:fs/promises';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {FolderRemote} from '../../remote/folder-remote.ts';
import {GuardedRemote} from '../../remote/guarded-remote.ts';
import {HttpRemote} from '../../remote/http-remote.ts';
import {RemoteCache} from '../../remote/remote-cache.ts';
import type {Remote} from '../../remote/remote.ts';
import {RunRemote} from '../../remote/run-remote.ts';
import {s3Credentials} from '../../remote/s3-credentials.ts';
import {s3Remote} from '../../remote/s3-remote.ts';
import type {Sharing} from '../../remote/share-result.ts';
import {parsePrivateKey, type Signer} from '../../remote/signatures.ts';
import type {Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {knownMedia} from '../load-registry.ts';
import type {World} from '../world.ts';
import type {RemoteConfig} from '../../remote/remote-config.ts';
import type {Settings} from '../project/settings.ts';

/** The options of commands that use a remote cache. */
export interface RemoteOptions {
  /** `false`: the remote cache of the configuration is not used. */
  readonly remote?: boolean;
  /** Whether results are shared although the configuration says `mode: read`. */
  readonly remoteWrite?: true;
  /** The remote cache of a cluster's profile. Absent: that of the project. */
  readonly profileRemote?: RemoteConfig;
  readonly project: Pick<Settings, 'remote'>;
}

/** A remote cache, and what may be done with it. */
export interface OpenedRemote {
  readonly config: RemoteConfig;
  readonly remote: GuardedRemote;
  /** Ends all requests, and makes none any more. */
  readonly leave: () => void;
  /** Absent: there is no private key, and somebody would have to trust everybody. */
  readonly signer?: Signer;
}

/**
 * Opens the remote cache of the cluster's profile, or the one that is configured. `undefined`: there is none; an exit code:
 * mistakes were printed.
 */
export async function openRemote(
  {remote: wanted = true, remoteWrite, profileRemote, project}: RemoteOptions,
  tell: (line: string) => void,
  world: World,
): Promise<OpenedRemote | ExitCode | undefined> {
  if (!wanted) return undefined;
  const log = new DiagnosticLog();
  const written = profileRemote ?? project.remote;
  const config = written && {...written, writes: written.writes || remoteWrite === true};
  const signer = config?.sign && (await readSigner(config.sign, log));
  if (log.hasErrors) {
    world.faults.diagnostics(log.sorted());
    return exitCodes.invalidPipeline;
  }
  if (config === undefined) return undefined;
  const onOff = (why: string): void => tell(`The remote cache is left alone from now on: ${why}\n`);
  const ending = new AbortController();
  const place = remoteOf(config, ending.signal, world);
  const remote = new GuardedRemote(place, onOff, spread(world.pid));
  const leave = (): void => {
    remote.leave();
    ending.abort();
  };
  return {config, remote, leave, ...(signer && {signer})};
}

/** The remote cache for a run on a store. */
export async function runRemote(
  opened: OpenedRemote,
  {store, tell}: {readonly store: Store; readonly tell: (line: string) => void},
  world: World,
): Promise<RunRemote> {
  const {config, remote, leave} = opened;
  const media = await knownMedia(world);
  const warn = (sentence: string): void => tell(`! ${sentence}\n`);
  const cache = new RemoteCache({remote, store, trust: config.trust, media, warn});
  const {keep} = config;
  const sharing = config.writes ? {...sharingOf(opened, store), keep, warn} : undefined;
  return new RunRemote(cache, leave, sharing);
}

/** The means to share the results of a store. */
export function sharingOf({config, remote, signer}: OpenedRemote, store: Store): Sharing {
  return {remote, store, trust: config.trust, ...(signer && {signer})};
}

function remoteOf(
  {place, credentials}: RemoteConfig,
  signal: AbortSignal,
  {environment}: World,
): Remote {
  switch (place.kind) {
    case 'folder':
      return new FolderRemote(place.folder);
    case 'http':
      return new HttpRemote(place.url, {signal});
    case 's3':
      return s3Remote(place, s3Credentials(environment, credentials), {signal});
  }
}

async function readSigner(
  {name, file, span}: NonNullable<RemoteConfig['sign']>,
  log: DiagnosticLog,
): Promise<Signer | undefined> {
  try {
    const key = parsePrivateKey(await readFile(file, 'utf8'));
    if (key !== undefined) return {name, key};
    log.error('bad-value', span, `${file} is not a key that \`pipeline key new\` has made.`);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    log.error('unreadable-file', span, `${file} cannot be read: ${whyRefused(error)}.`);
  }
  return undefined;
}

/** Numbers from 0 to 1 that differ between processes, to spread their tries. */
function spread(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

import {closestTo} from '../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames, showValue} from '../../diagnostics/show-value.ts';
import {jsonOf, type Located, type LocatedMap} from '../../document/located.ts';
import {checkKeys} from '../../pipeline/source/check-keys.ts';
import {FieldReader} from '../../pipeline/source/field-reader.ts';
import {parseTime} from '../../pipeline/source/parse-time.ts';
import {
  expectMap,
  isName,
  reportName,
  withoutExtensions,
} from '../../pipeline/source/pipeline-source.ts';
import {parseRemoteConfig} from '../../remote/remote-config.ts';
import type {Demand} from '../../pipeline/graph/demand.ts';
import type {Cluster, Pool} from '../cluster.ts';
import {extraWords} from './extra-words.ts';
import {checkGiven, parseEngine} from './parse-engine.ts';
import {parsePool, type ParsedPool} from './parse-pool.ts';
import {
  clusterKinds,
  demands,
  kindKeys,
  nestedKeys,
  poolKeys,
  profileDefaults,
  sharedKeys,
  type ClusterKind,
} from './profile-keys.ts';

/** Whether a document is meant as a profile of a cluster, and not as a pipeline. */
export function isProfile(root: Located): boolean {
  if (root.kind !== 'map' || root.entries.has('stages')) return false;
  return root.entries.has('kind') || root.entries.has('pools');
}

/**
 * Parses the profile of a cluster. `undefined`: it has mistakes, all of which were reported.
 * @param file the absolute path of the profile
 */
export function parseProfile(
  {name, file, root}: {readonly name: string; readonly file: string; readonly root: Located},
  log: DiagnosticLog,
): Cluster | undefined {
  const written = expectMap(root, 'A profile', log);
  if (written.kind === 'unknown') return undefined;
  const {kind, map} = kindOf(withoutExtensions(written), log);
  const reader = new FieldReader(map, log, whatOf(kind));
  const engine = kind && parseEngine(kind, reader);
  // Pools of Slurm have the keys of all kinds.
  const pools = poolsOf(reader, kind ?? 'slurm');
  if (engine?.kind === 'command') checkGiven(engine, pools, reader);
  const shared = sharedOf(reader);
  const remoteAt = reader.value('remote');
  const remote = remoteAt && parseRemoteConfig(remoteAt, log);
  if (engine === undefined || log.hasErrors) return undefined;
  const most = engine.kind === 'ssh' ? engine.hosts.length : profileDefaults.max;
  return {
    name,
    file,
    engine,
    ...shared,
    pools: pools.map(({max = most, takes, ...pool}) => ({
      ...pool,
      max,
      takes: takes ?? usualTakes(pool, pools),
    })),
    ...(remote && {remote}),
  };
}

/** The demands that a pool takes if the profile does not say: instances that can use GPUs go where there are some. */
function usualTakes(
  {gpus}: Pick<Pool, 'gpus'>,
  pools: readonly Pick<Pool, 'gpus'>[],
): readonly Demand[] {
  if (gpus > 0) return demands;
  return pools.some((other) => other.gpus > 0) ? ['cpu'] : ['device', 'cpu'];
}

/** The kind, and the mapping without what that kind does not know. */
function kindOf(
  written: LocatedMap,
  log: DiagnosticLog,
): {readonly kind: ClusterKind | undefined; readonly map: LocatedMap} {
  const known = [...Object.keys(sharedKeys), ...nestedKeys, ...clusterKinds.flatMap(ownKeys)];
  const has = written.entries.has('kind');
  // The key may be misspelt.
  const map = has ? written : checkKeys({map: written, known, what: whatOf(undefined), log});
  const entry = map.entries.get('kind')?.value;
  const kind = clusterKinds.find((one) => entry !== undefined && one === jsonOf(entry));
  if (entry === undefined) {
    const place = {...map.span, end: map.span.start};
    const message = `A profile must have \`kind\`: ${showNames(clusterKinds)}.`;
    log.error('missing-key', place, message);
  } else if (kind === undefined) reportKind(entry, log);
  const what = whatOf(kind);
  if (kind === undefined) return {kind, map: checkKeys({map, known, what, log})};
  const own = [...Object.keys(sharedKeys), ...nestedKeys, ...ownKeys(kind)];
  return {kind, map: checkKeys({map, known: own, what, elsewhere: keysOfOthers(kind), log})};
}

/** Begins messages about a profile. */
function whatOf(kind: ClusterKind | undefined): string {
  return kind === undefined ? 'A profile' : `A profile with \`kind: ${kind}\``;
}

function reportKind(entry: Located, log: DiagnosticLog): void {
  if (entry.kind === 'unknown') return;
  const written = jsonOf(entry);
  const message = `\`kind\` is one of ${showNames(clusterKinds)}; got ${showValue(written)}.`;
  const near = typeof written === 'string' ? closestTo(written, clusterKinds) : undefined;
  log.error('bad-value', entry.span, message, {suggestion: quoted(near)});
}

function ownKeys(kind: ClusterKind): readonly string[] {
  return Object.keys(kindKeys[kind].keys);
}

/** Hints for keys that the top of this profile does not have: which kinds have them, or that each pool has its own. */
function keysOfOthers(kind: ClusterKind): Readonly<Record<string, string>> {
  const ofPools = [...Object.keys(poolKeys), ...Object.keys(kindKeys[kind].pool)];
  const others = clusterKinds.filter((other) => other !== kind);
  return {
    ...Object.fromEntries(ofPools.map((key) => [key, 'each of the `pools` has its own'])),
    ...Object.fromEntries(
      others.flatMap((other) =>
        ownKeys(other).map((key) => [key, `it belongs to \`kind: ${other}\``]),
      ),
    ),
  };
}

function sharedOf(
  reader: FieldReader,
): Pick<Cluster, 'setup' | 'container' | 'wallMs' | 'restarts' | 'store' | 'node'> {
  const store = reader.absolutePath('store');
  const node = reader.filledText('node');
  return {
    setup: reader.text('setup')?.value ?? '',
    container: reader.words('container') ?? [],
    wallMs: reader.time('wall') ?? parseTime(profileDefaults.wall)!,
    restarts: reader.count('restarts', 0) ?? profileDefaults.restarts,
    ...(store !== undefined && {store}),
    ...(node !== undefined && {node}),
  };
}

function poolsOf(reader: FieldReader, kind: ClusterKind): readonly ParsedPool[] {
  const {log} = reader;
  reader.need('pools', 'the shapes of members, such as `pools: {gpu: {gpus: 1}}`');
  const pools = reader.value('pools');
  if (pools === undefined) return [];
  const written = expectMap(pools, '`pools`', log);
  if (written.kind === 'unknown') return [];
  if (written.entries.size === 0 && written.isPartial !== true) {
    log.error('missing-key', pools.span, '`pools` must have at least one pool.');
  }
  const extra = kind === 'slurm' ? extraWords(reader) : [];
  return Array.from(written.entries, ([name, {keySpan, value}]) => {
    if (!isName(name)) reportName('pool', name, keySpan, log);
    const pool = parsePool({name, value, kind}, log);
    return {...pool, extra: [...extra, ...pool.extra]};
  });
}

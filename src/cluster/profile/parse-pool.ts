import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import type {Located, LocatedMap} from '../../document/located.ts';
import {checkKeys} from '../../pipeline/source/check-keys.ts';
import {expected, FieldReader} from '../../pipeline/source/field-reader.ts';
import {expectMap} from '../../pipeline/source/pipeline-source.ts';
import type {Demand} from '../../pipeline/graph/demand.ts';
import type {Pool} from '../cluster.ts';
import {extraWords} from './extra-words.ts';
import {
  clusterKinds,
  demands,
  kindKeys,
  poolKeys,
  profileDefaults,
  type ClusterKind,
} from './profile-keys.ts';

/** A pool whose profile may have left out how many members it has at most, and what they take. */
export type ParsedPool = Omit<Pool, 'max' | 'takes'> & Partial<Pick<Pool, 'max' | 'takes'>>;

/** Parses a pool of a profile. A key whose value has mistakes, which are reported, counts as left out. */
export function parsePool(
  {name, value, kind}: {readonly name: string; readonly value: Located; readonly kind: ClusterKind},
  log: DiagnosticLog,
): ParsedPool {
  const what = `Pool \`${name}\``;
  const written = expectMap(value, what, log);
  const map: LocatedMap =
    written.kind === 'map' ? written : {kind: 'map', entries: new Map(), span: value.span};
  const known = [...Object.keys(poolKeys), ...Object.keys(kindKeys[kind].pool)];
  const checked = checkKeys({map, known, what, elsewhere: keysOfOthers(kind), log});
  const reader = new FieldReader(checked, log, what);
  const gpus = reader.count('gpus', 0);
  return {
    name,
    gpus: gpus ?? profileDefaults.gpus,
    partition: partitionsOf(reader),
    extra: kind === 'slurm' ? extraWords(reader) : [],
    ...given({
      max: reader.count('max', 1),
      takes: takesOf(reader, gpus ?? (reader.has('gpus') ? undefined : profileDefaults.gpus)),
      type: reader.filledText('type'),
      cpus: reader.count('cpus', 1),
      memoryBytes: reader.memory('memory'),
      timeMs: reader.time('time'),
      account: reader.filledText('account'),
      constraint: reader.filledText('constraint'),
    }),
  };
}

/** The fields that have a value. */
function given<T extends object>(fields: T): {[K in keyof T]?: Exclude<T[K], undefined>} {
  const there = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as {[K in keyof T]?: Exclude<T[K], undefined>};
}

/** Hints for keys that pools of this kind do not have: which kinds have them, or which key means the same. */
function keysOfOthers(kind: ClusterKind): Readonly<Record<string, string>> {
  const own: readonly string[] = Object.keys(kindKeys[kind].pool);
  const kindsOf = (key: string): readonly string[] =>
    clusterKinds.filter((one) => Object.hasOwn(kindKeys[one].pool, key));
  const foreign = clusterKinds
    .flatMap((other) => Object.keys(kindKeys[other].pool))
    .filter((key) => !own.includes(key))
    .map((key) => [key, `it belongs to \`kind: ${kindsOf(key).join('` or `')}\``] as const);
  return {...elsewhere, ...Object.fromEntries(foreign)};
}

/** Words for the keys of pools in Slurm, PBS, Kubernetes and Snakemake. */
const elsewhere: Readonly<Record<string, string>> = {
  mem: 'an amount of memory is `memory: 32G`',
  timelimit: 'the time limit is `time: 4h`',
  walltime: 'the time limit is `time: 4h`',
  runtime: 'the time limit is `time: 4h`',
  wall: 'it belongs to the profile, and holds for all pools',
  gres: 'the number of GPUs is `gpus`, and their type is `type`',
  cores: 'the number of CPUs is `cpus`',
  ntasks: 'the largest number of members is `max`',
  nodes: 'the largest number of members is `max`',
  qos: 'a further argument of `sbatch` stands in `extra: [--qos=…]`',
};

/** Reports a list without a name, by which nobody means the partition of the cluster. */
function partitionsOf(reader: FieldReader): readonly string[] {
  const written = reader.textOrTexts('partition');
  if (written === undefined) return [];
  if (written.length === 0 || written.includes('')) {
    const names = 'the name of a partition, or several such as [gpu, gpu-short]';
    expected('`partition`', names, reader.value('partition')!, reader.log);
  }
  return written;
}

/** @param gpus `undefined`: the number has a mistake */
function takesOf(reader: FieldReader, gpus: number | undefined): readonly Demand[] | undefined {
  const written = reader.textOrTexts('takes');
  if (written === undefined) return undefined;
  const {log} = reader;
  const takes = demands.filter((demand) => written.includes(demand));
  const wrong = written.find((one) => !demands.some((demand) => demand === one));
  if (wrong !== undefined || takes.length === 0) {
    const message = `\`takes\` is one or several of \`gpu\`, \`device\` and \`cpu\`${wrong === undefined ? '' : `; got ${JSON.stringify(wrong)}`}.`;
    log.error('bad-value', reader.spanOf('takes'), message);
  } else if (takes.includes('gpu') && gpus === 0) {
    const message = 'A pool without GPUs cannot take `gpu`: add `gpus: 1`, or leave `gpu` out.';
    log.error('bad-value', reader.spanOf('takes'), message);
  }
  return takes;
}

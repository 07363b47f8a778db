import path from 'node:path';
import {closestTo} from '../../base/edit-distance.ts';
import {showNames} from '../../diagnostics/show-value.ts';
import {isText, locate, spansWithin, type Located} from '../../document/located.ts';
import {checkKeys} from '../../pipeline/source/check-keys.ts';
import {expected, FieldReader} from '../../pipeline/source/field-reader.ts';
import type {ClusterEngineConfig, SshHost} from '../cluster.ts';
import type {ParsedPool} from './parse-pool.ts';
import {commandNames, profileDefaults, type ClusterKind} from './profile-keys.ts';

/** Parses the keys of a profile that only its kind has. `undefined`: they have mistakes, which were reported. */
export function parseEngine(
  kind: ClusterKind,
  reader: FieldReader,
): ClusterEngineConfig | undefined {
  switch (kind) {
    case 'slurm':
      return {kind};
    case 'command':
      return parseCommands(reader);
    case 'ssh':
      return parseSsh(reader);
    case 'kubernetes':
      return parseKubernetes(reader);
  }
}

function parseCommands(reader: FieldReader): ClusterEngineConfig | undefined {
  const submit = commandOf('submit', reader, 'a command that asks for members');
  const list = commandOf('list', reader, 'a command that lists the members of a run');
  const cancel = commandOf('cancel', reader, 'a command that ends the members of a run');
  if (submit !== undefined && !submit.some((word) => word.includes('${script}'))) {
    const message =
      '`submit` must contain `${script}`, the path of the script that starts a member.';
    reader.log.error('bad-value', reader.spanOf('submit'), message);
  }
  return submit && list && cancel && {kind: 'command', submit, list, cancel};
}

function commandOf(
  name: string,
  reader: FieldReader,
  example: string,
): readonly string[] | undefined {
  reader.need(name, example);
  const words = reader.words(name);
  const value = reader.value(name);
  if (words?.length === 0)
    expected(`\`${name}\``, 'a program and its arguments', value!, reader.log);
  if (value?.kind === 'list') for (const word of value.items) checkNames(word, reader);
  return words?.length === 0 ? undefined : words;
}

/** Reports placeholders that no value would replace. */
function checkNames(word: Located, {log}: FieldReader): void {
  if (!isText(word)) return;
  for (const {0: whole, 1: name, index} of word.value.matchAll(/\$\{([^{}]*)\}/g)) {
    if (Object.hasOwn(commandNames, name!)) continue;
    const names = Object.keys(commandNames);
    const near = closestTo(name!, names);
    const message = `A command has no \`\${${name!}}\`; it takes ${showNames(names)}.`;
    const suggestion = near === undefined ? undefined : `\`\${${near}}\``;
    log.error('unknown-name', spansWithin(word)(index, index + whole.length), message, {
      suggestion,
    });
  }
}

/** Reports pools that leave out what the command that asks for their members refers to. */
export function checkGiven(
  {submit}: Extract<ClusterEngineConfig, {kind: 'command'}>,
  pools: readonly ParsedPool[],
  reader: FieldReader,
): void {
  for (const {name, cpus, memoryBytes: memory, timeMs: time} of pools) {
    const {value: written} = locate(reader.value('pools')!, [name]);
    for (const [key, value] of Object.entries({cpus, memory, time})) {
      const isWrong = written.kind !== 'map' || written.entries.has(key);
      if (value !== undefined || isWrong) continue;
      if (!submit.some((word) => word.includes(`\${${key}}`))) continue;
      const message = `Pool \`${name}\` must have \`${key}\`, since \`submit\` refers to \`\${${key}}\`.`;
      reader.log.error('missing-key', written.span, message, {about: key});
    }
  }
}

function parseSsh(reader: FieldReader): ClusterEngineConfig | undefined {
  reader.need('hosts', 'the machines, such as `hosts: [a, {host: b, gpus: [0]}]`');
  const value = reader.value('hosts');
  const options = reader.words('options') ?? [];
  if (value === undefined || value.kind === 'unknown') return undefined;
  if (value.kind !== 'list' || value.items.length === 0) {
    expected('`hosts`', 'a list of machines', value, reader.log);
    return undefined;
  }
  const hosts = value.items.flatMap((item) => parseHost(item, reader) ?? []);
  return {kind: 'ssh', hosts, options};
}

function parseHost(item: Located, {log}: FieldReader): SshHost | undefined {
  if (isText(item)) return isHost(item, log) ? {host: item.value} : undefined;
  if (item.kind !== 'map') {
    expected('A host', 'a name, or {host: NAME, gpus: [0, 1]}', item, log);
    return undefined;
  }
  const map = checkKeys({map: item, known: ['host', 'gpus'], what: 'A host', log});
  const reader = new FieldReader(map, log, 'A host');
  reader.need('host', 'its name, as `ssh` knows it');
  const host = reader.value('host');
  const gpus = gpusOf(reader);
  if (host === undefined || !isHost(host, log)) return undefined;
  return {host: host.value, ...(gpus !== undefined && {gpus})};
}

/** Whether a name of a machine is none that `ssh` would take for an option. */
function isHost(value: Located, log: FieldReader['log']): value is Located & {value: string} {
  if (isText(value) && /^[^-\s][^\s]*$/.test(value.value)) return true;
  expected('A host', 'the name of a machine, as `ssh` knows it', value, log);
  return false;
}

function gpusOf(reader: FieldReader): readonly number[] | undefined {
  const value = reader.value('gpus');
  if (value === undefined || (isText(value) && value.value === 'all')) return undefined;
  const indices = value.kind === 'list' ? value.items.flatMap((item) => indexOf(item) ?? []) : [];
  if (value.kind === 'list' && new Set(indices).size === value.items.length) return indices;
  expected('`gpus`', '`all`, or a list of different indices such as [0, 1]', value, reader.log);
  return undefined;
}

function indexOf(item: Located): number | undefined {
  const index = item.kind === 'scalar' ? item.value : undefined;
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : undefined;
}

function parseKubernetes(reader: FieldReader): ClusterEngineConfig | undefined {
  const image = reader.neededText('image', 'the image in which members run');
  const claim = reader.neededText('claim', 'the claim of the volume that holds the store');
  reader.need('mountPath', 'the absolute path where the volume is mounted');
  const mountPath = reader.absolutePath('mountPath');
  const namespace = reader.filledText('namespace') ?? profileDefaults.namespace;
  const queue = reader.filledText('queue');
  const store = reader.value('store');
  if (mountPath !== undefined && store !== undefined && isText(store)) {
    if (/^\.\.(\/|$)/.test(path.relative(mountPath, store.value))) {
      const message = `\`store\` must be on the volume, which is mounted at ${mountPath}.`;
      reader.log.error('bad-value', store.span, message);
    }
  }
  if (image === undefined || claim === undefined || mountPath === undefined) return undefined;
  return {
    kind: 'kubernetes',
    image,
    namespace,
    claim,
    mountPath,
    ...(queue !== undefined && {queue}),
  };
}

import {closestTo} from '../base/edit-distance.ts';
import {ownProperty} from '../base/own-property.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import {blobPath, type Store} from '../store/layout.ts';
import type {Artifact, RecordedOutput} from '../store/records/record.ts';
import {unknown, type Found, type FoundFile, type FoundResult} from './found.ts';
import {matchInstances, nearestInstance} from './match-instances.ts';
import {resultOf, type RunAccount} from './run-account.ts';

/**
 * Resolves `INSTANCE`, `INSTANCE.OUTPUT` or `INSTANCE.OUTPUT[n]` in a run; `undefined`: the run has no such result.
 * @param named what names of files begin with
 */
export function resolveInRun(
  text: string,
  run: RunAccount,
  {store, named = ''}: {readonly store: Store; readonly named?: string},
): Found | undefined {
  const ids = matchInstances(text, run.instances.keys());
  if (ids.length > 1) return unknown(several(text, ids));
  const whole = ids[0] === undefined ? undefined : resultIn(store, run, ids[0]);
  if (whole !== undefined) return whole;
  const parts = /^(?<instance>.+)\.(?<output>[A-Za-z][\w-]*)(?:\[(?<index>\d+)\])?$/.exec(
    text,
  )?.groups;
  if (parts === undefined) return undefined;
  const {instance = '', output = '', index} = parts;
  const makers = matchInstances(instance, run.instances.keys());
  if (makers.length > 1) return unknown(several(instance, makers));
  const result = makers[0] === undefined ? undefined : resultIn(store, run, makers[0]);
  return result && outputOf(result, output, {index, store, named});
}

/**
 * Why a run has no result of that name, as a sentence.
 * @param text `INSTANCE` or `INSTANCE.OUTPUT`
 */
export function notInRun(text: string, {run, instances}: RunAccount): string {
  const stem = text.replace(/\.[\w-]+(\[\d+\])?$/, '');
  const near = nearestInstance(stem, instances.keys());
  if (near !== undefined && (near === text || near === stem)) {
    return notStored(near, ` in run ${run}`);
  }
  const meant = near === undefined ? '.' : `; did you mean \`${near}\`?`;
  return `Run ${run} has no instance \`${stem}\`${meant}`;
}

/** Says that an instance is known, but its result is not in the store. */
export function notStored(instance: string, where = ''): string {
  return (
    `The result of \`${instance}\`${where} is not in this store: it is in a remote cache, was removed, or was not made. ` +
    '`pipeline pull` brings what is in a remote cache, and `pipeline run` makes the rest.'
  );
}

function resultIn(store: Store, run: RunAccount, id: InstanceId): FoundResult | undefined {
  const record = resultOf(store, run.instances.get(id)!);
  return record === undefined ? undefined : {kind: 'result', record, instance: id, run: run.run};
}

interface Within {
  readonly index: string | undefined;
  readonly store: Store;
  readonly named: string;
}

function outputOf({record, instance}: FoundResult, output: string, within: Within): Found {
  const names = Object.keys(record.outputs);
  const recorded = ownProperty(record.outputs, output);
  if (recorded === undefined) {
    const near = closestTo(output, names);
    const meant =
      near === undefined ? '' : `; did you mean \`${within.named}${instance!}.${near}\`?`;
    const there = names.map((name) => `\`${name}\``).join(', ');
    return unknown(
      `${instance!} has no output \`${output}\`, but ${there}${meant === '' ? '.' : meant}`,
    );
  }
  return artifactOf(`${within.named}${instance!}.${output}`, recorded, within);
}

function artifactOf(
  name: string,
  {artifacts, media}: RecordedOutput,
  {index, store}: Within,
): Found {
  const fileOf = ({digest}: Artifact, name: string): FoundFile => ({
    kind: 'file',
    name,
    path: blobPath(store, digest),
    digest,
    media,
  });
  const artifact =
    index === undefined && artifacts.length === 1 ? artifacts[0] : artifacts[Number(index)];
  if (artifact === undefined) {
    const {length} = artifacts;
    const how =
      length === 1
        ? 'is one artifact: name it without a number'
        : `is ${length} artifacts: name one, from \`${name}[0]\` to \`${name}[${length - 1}]\``;
    const files = artifacts.map((of, i) => fileOf(of, `${name}[${i}]`));
    return {
      kind: 'unknown',
      message: `\`${name}\` ${how}.`,
      ...(index === undefined && {files}),
    };
  }
  return fileOf(artifact, index === undefined ? name : `${name}[${index}]`);
}

function several(text: string, ids: readonly InstanceId[]): string {
  const shown = ids.slice(0, 3).join(', ');
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : '';
  return `\`${text}\` may be any of ${ids.length} instances: ${shown}${more}.`;
}

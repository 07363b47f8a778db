import {canonicalJson} from '../../base/canonical-json.ts';
import type {Engines} from '../../base/engines.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {Media} from '../../contract/media.ts';
import {compareFiles} from '../../inspect/compare-artifacts.ts';
import {containerOf} from '../../inspect/container-of.ts';
import type {FoundFile} from '../../journal/found.ts';
import {resultOf, type InstanceAccount, type RunAccount} from '../../journal/run-account.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {explainChange} from '../../plan/explain-change.ts';
import type {Reason} from '../../plan/verdict.ts';
import type {
  ArtifactDifference,
  FileDifference,
  OutputDifference,
  ResultDifference,
  RunDifference,
} from '../../report/text/difference-text.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {verifyArtifact} from '../../store/artifacts/verify-artifact.ts';
import {blobPath, type Store} from '../../store/layout.ts';
import {readFingerprint} from '../../store/records/read-fingerprint.ts';
import type {Artifact, RecordedOutput, StageRecord} from '../../store/records/record.ts';

/** What a comparison needs to know beside the two things that it compares. */
export interface DiffSetting {
  readonly store: Store;
  readonly cwd: string;
  readonly media: Media;
  readonly engines: Engines;
}

const equal = {kind: 'equal'} as const;

/** Compares two files by their content. */
export async function fileDifference(
  a: FoundFile,
  b: FoundFile,
  setting: DiffSetting,
): Promise<FileDifference> {
  if (a.digest !== undefined && a.digest === b.digest) return equal;
  const notes = (await Promise.all([a, b].map((file) => faultOf(file, setting)))).flat();
  if (notes.length > 0) return {kind: 'damaged', notes};
  const [containerA, containerB] = [
    await containerOf(a, setting.media),
    await containerOf(b, setting.media),
  ];
  if (containerA === containerB) return await compareFiles(containerA, a.path, b.path);
  return {kind: 'unlike', note: `${a.name} is ${containerA}, and ${b.name} ${containerB}.`};
}

/**
 * The fault of a file that is damaged and cannot be compared: a stored artifact is whole if its bytes match its digest.
 */
async function faultOf(
  {name, digest}: FoundFile,
  {store}: DiffSetting,
): Promise<readonly string[]> {
  const state = digest === undefined ? 'whole' : await verifyArtifact(store, digest);
  return state === 'whole' ? [] : [`The bytes of ${name} are ${state}.`];
}

/** Compares two results: the fields of their fingerprints, and their outputs. */
export async function resultDifference(
  a: StageRecord,
  b: StageRecord,
  setting: DiffSetting,
): Promise<ResultDifference | typeof equal> {
  if (a.key === b.key && outputsText(a) === outputsText(b)) return equal;
  const [was, now] = [readFingerprint(setting.store, a), readFingerprint(setting.store, b)];
  const reasons = was === undefined || now === undefined ? [] : explainChange(was, now);
  const outputs: Record<string, OutputDifference> = {};
  for (const name of new Set([...Object.keys(a.outputs), ...Object.keys(b.outputs)])) {
    const [one, other] = [ownProperty(a.outputs, name), ownProperty(b.outputs, name)];
    outputs[name] = await outputDifference(one, other, setting);
  }
  return {
    kind: 'result',
    ...(a.type !== b.type && {type: {was: a.type, now: b.type}}),
    reasons,
    engine: engineChanges(a, b, {reasons, engines: setting.engines}),
    outputs,
  };
}

/** The engines of two results, if they are not part of their keys. */
function engineChanges(
  {provenance: was}: StageRecord,
  {provenance: now}: StageRecord,
  {reasons, engines}: {readonly reasons: readonly Reason[]; readonly engines: Engines},
): ResultDifference['engine'] {
  if (reasons.some(({kind}) => kind === 'engine-changed')) return {};
  const options = Object.values(engines).flatMap((engine) => Object.keys(engine.options));
  return Object.fromEntries(
    [...new Set(['engine', ...options])].flatMap((name) => {
      const [before, after] = [ownProperty(was, name), ownProperty(now, name)];
      if (before === undefined || after === undefined || before === after) return [];
      return [[name, {was: before, now: after}] as const];
    }),
  );
}

async function outputDifference(
  a: RecordedOutput | undefined,
  b: RecordedOutput | undefined,
  setting: DiffSetting,
): Promise<OutputDifference> {
  if (a === undefined || b === undefined) return {onlyIn: a === undefined ? 'b' : 'a'};
  const artifacts: ArtifactDifference[] = [];
  for (const index of Array(Math.max(a.artifacts.length, b.artifacts.length)).keys()) {
    const [one, other] = [a.artifacts[index], b.artifacts[index]];
    if (one === undefined || other === undefined) {
      artifacts.push({onlyIn: one === undefined ? 'b' : 'a'});
      continue;
    }
    const [fileA, fileB] = [fileOf(one, a.media, setting), fileOf(other, b.media, setting)];
    artifacts.push(await fileDifference(fileA, fileB, setting));
  }
  return {artifacts};
}

function fileOf({digest}: Artifact, media: string, {store, cwd}: DiffSetting): FoundFile {
  const file = blobPath(store, digest);
  return {kind: 'file', name: displayPath(file, cwd), path: file, digest, media};
}

/** Compares two runs: the instances that only one has, and those with different results. */
export async function runDifference(
  a: RunAccount,
  b: RunAccount,
  setting: DiffSetting,
): Promise<RunDifference> {
  const onlyIn = (one: RunAccount, other: RunAccount): readonly InstanceId[] =>
    [...one.instances.keys()].filter((id) => !other.instances.has(id));
  const changed: RunDifference['changed'][number][] = [];
  for (const [instance, one] of a.instances) {
    const other = b.instances.get(instance);
    const difference = other && (await accountDifference(one, other, setting));
    if (difference !== undefined) changed.push({instance, difference});
  }
  return {kind: 'run', onlyInA: onlyIn(a, b), onlyInB: onlyIn(b, a), changed};
}

async function accountDifference(
  a: InstanceAccount,
  b: InstanceAccount,
  setting: DiffSetting,
): Promise<RunDifference['changed'][number]['difference'] | undefined> {
  const [was, now] = [resultOf(setting.store, a), resultOf(setting.store, b)];
  if (was !== undefined && now !== undefined) {
    const difference = await resultDifference(was, now, setting);
    return difference.kind === 'equal' ? undefined : difference;
  }
  if (a.standing === b.standing) return undefined;
  return {kind: 'standing', was: a.standing, now: b.standing};
}

function outputsText({outputs}: StageRecord): string {
  const digests = Object.entries(outputs).map(([name, {artifacts}]) => [
    name,
    artifacts.map(({digest}) => String(digest)),
  ]);
  return canonicalJson(Object.fromEntries(digests) as Record<string, string[]>);
}

import type {Engines} from '../../base/engines.ts';
import {canonicalJson} from '../../base/canonical-json.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {Media} from '../../contract/media.ts';
import {compareFiles, type Comparison} from '../../inspect/compare-artifacts.ts';
import {containerOf} from '../../inspect/container-of.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {explainChange} from '../../plan/explain-change.ts';
import type {Reason} from '../../plan/verdict.ts';
import {comparisonLines} from '../../report/text/comparison-text.ts';
import {describeReason} from '../../report/text/describe.ts';
import {resultOf, type RunAccount} from '../../journal/run-account.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {blobPath, type Store} from '../../store/layout.ts';
import {readFingerprint} from '../../store/records/read-fingerprint.ts';
import type {RecordedOutput, StageRecord} from '../../store/records/record.ts';
import {verifyArtifact} from '../../store/artifacts/verify-artifact.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {resolveWhat, type FoundFile} from '../../journal/resolve-what.ts';
import {knownMedia} from '../known-media.ts';
import {namedStore} from '../named-run.ts';
import type {World} from '../world.ts';

export interface DiffOptions {
  readonly store: string;
}

/** `pipeline diff A B`: shows the differences between two runs, two results or two artifacts. */
export async function diffCommand(
  [textA, textB]: readonly [string, string],
  options: DiffOptions,
  world: World,
): Promise<ExitCode> {
  const store = namedStore(options.store, world);
  if (typeof store === 'number') return store;
  const [a, b] = [resolveWhat(textA, store, world.cwd), resolveWhat(textB, store, world.cwd)];
  for (const found of [a, b]) {
    if (found.kind === 'unknown') world.stderr.write(`${found.message}\n`);
  }
  if (a.kind === 'unknown' || b.kind === 'unknown') return exitCodes.usage;
  const place: Place = {
    store,
    cwd: world.cwd,
    columns: world.stdout.size().columns,
    media: await knownMedia(world),
    engines: world.offers.engines,
  };
  let lines: readonly string[];
  if (a.kind === 'run' && b.kind === 'run') lines = await diffRuns(a.run, b.run, place);
  else if (a.kind === 'result' && b.kind === 'result') {
    lines = await diffResults(a.record, b.record, place);
  } else if (a.kind === 'file' && b.kind === 'file') lines = await diffFiles(a, b, place);
  else {
    const kinds = `${names[a.kind]} and ${names[b.kind]}`;
    world.stderr.write(
      `\`diff\` compares two runs, two results or two artifacts; ${textA} and ${textB} are ${kinds}.\n`,
    );
    return exitCodes.usage;
  }
  world.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return lines.length === 0 ? exitCodes.ok : exitCodes.different;
}

const names = {run: 'a run', result: "an instance's result", file: 'an artifact'} as const;

interface Place {
  readonly store: Store;
  readonly cwd: string;
  readonly columns: number;
  readonly media: Media;
  readonly engines: Engines;
}

async function diffFiles(a: FoundFile, b: FoundFile, place: Place): Promise<readonly string[]> {
  if (a.digest !== undefined && a.digest === b.digest) return [];
  const faults = (await Promise.all([a, b].map((file) => faultOf(file, place)))).flat();
  if (faults.length > 0) return faults;
  const [containerA, containerB] = [
    await containerOf(a, place.media),
    await containerOf(b, place.media),
  ];
  if (containerA !== containerB) {
    return [`${a.name} is ${containerA}, and ${b.name} ${containerB}.`];
  }
  return textOf(await compareFiles(containerA, a.path, b.path), place);
}

/**
 * The fault of a file that is damaged and cannot be compared: a stored artifact is whole if its bytes match its digest.
 */
async function faultOf({name, digest}: FoundFile, {store}: Place): Promise<readonly string[]> {
  const state = digest === undefined ? 'whole' : await verifyArtifact(store, digest);
  return state === 'whole' ? [] : [`The bytes of ${name} are ${state}.`];
}

function textOf(comparison: Comparison, {columns}: Place): readonly string[] {
  if (comparison.kind === 'equal') return [];
  const lines = comparisonLines(comparison, columns);
  return lines.length === 0 ? ['The bytes differ, but all values are equal.'] : lines;
}

/** Compares two results: the fields of their fingerprints, and their outputs. */
async function diffResults(
  a: StageRecord,
  b: StageRecord,
  place: Place,
): Promise<readonly string[]> {
  if (a.key === b.key && outputsText(a) === outputsText(b)) return [];
  const [was, now] = [readFingerprint(place.store, a), readFingerprint(place.store, b)];
  const reasons = was === undefined || now === undefined ? [] : explainChange(was, now);
  const lines = [
    ...(a.type === b.type ? [] : [`stage type: ${a.type} → ${b.type}`]),
    ...reasons.map(describeReason),
    ...engineLines(a, b, {reasons, engines: place.engines}),
  ];
  for (const name of new Set([...Object.keys(a.outputs), ...Object.keys(b.outputs)])) {
    const output = await diffOutput(
      ownProperty(a.outputs, name),
      ownProperty(b.outputs, name),
      place,
    );
    if (output.length > 0) lines.push(`output ${name}`, ...output.map((line) => `  ${line}`));
    else lines.push(`output ${name}: equal`);
  }
  return lines;
}

/** The engines of two results, if they are not part of their keys. */
function engineLines(
  {provenance: was}: StageRecord,
  {provenance: now}: StageRecord,
  {reasons, engines}: {readonly reasons: readonly Reason[]; readonly engines: Engines},
): readonly string[] {
  if (reasons.some(({kind}) => kind === 'engine-changed')) return [];
  const options = Object.values(engines).flatMap((engine) => Object.keys(engine.options));
  return [...new Set(['engine', ...options])].flatMap((name) => {
    const [before, after] = [ownProperty(was, name), ownProperty(now, name)];
    if (before === undefined || after === undefined || before === after) return [];
    return `${name}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
  });
}

async function diffOutput(
  a: RecordedOutput | undefined,
  b: RecordedOutput | undefined,
  place: Place,
): Promise<readonly string[]> {
  if (a === undefined || b === undefined) {
    return [a === undefined ? 'only the second has it' : 'only the first has it'];
  }
  const narrower = {...place, columns: place.columns - 2};
  const lines: string[] = [];
  for (const index of Array(Math.max(a.artifacts.length, b.artifacts.length)).keys()) {
    const [one, other] = [a.artifacts[index], b.artifacts[index]];
    if (one === undefined || other === undefined) {
      lines.push(`[${index}]: only the ${one === undefined ? 'second' : 'first'} has it`);
      continue;
    }
    const file = ({digest}: typeof one, output: RecordedOutput): FoundFile => ({
      kind: 'file',
      name: displayPath(blobPath(place.store, digest), place.cwd),
      path: blobPath(place.store, digest),
      digest,
      media: output.media,
    });
    const found = await diffFiles(file(one, a), file(other, b), narrower);
    const isMany = a.artifacts.length > 1 || b.artifacts.length > 1;
    lines.push(...found.map((line) => (isMany ? `[${index}] ${line}` : line)));
  }
  return lines;
}

/** Compares two runs: the instances that only one has, and those with different results. */
async function diffRuns(a: RunAccount, b: RunAccount, place: Place): Promise<readonly string[]> {
  const onlyIn = (one: RunAccount, other: RunAccount): readonly InstanceId[] =>
    [...one.instances.keys()].filter((id) => !other.instances.has(id));
  const lines = [...onlyIn(a, b).map((id) => `- ${id}`), ...onlyIn(b, a).map((id) => `+ ${id}`)];
  for (const [id, one] of a.instances) {
    const other = b.instances.get(id);
    if (other === undefined) continue;
    const [was, now] = [resultOf(place.store, one), resultOf(place.store, other)];
    if (was === undefined || now === undefined) {
      if (one.standing !== other.standing)
        lines.push(`~ ${id}`, `    ${one.standing} → ${other.standing}`);
      continue;
    }
    const changes = await diffResults(was, now, {...place, columns: place.columns - 4});
    if (changes.length > 0) lines.push(`~ ${id}`, ...changes.map((line) => `    ${line}`));
  }
  return lines;
}

function outputsText({outputs}: StageRecord): string {
  const digests = Object.entries(outputs).map(([name, {artifacts}]) => [
    name,
    artifacts.map(({digest}) => String(digest)),
  ]);
  return canonicalJson(Object.fromEntries(digests) as Record<string, string[]>);
}

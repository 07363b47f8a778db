import {readFileSync} from 'node:fs';
import path from 'node:path';
import type {Digest} from '../../base/digest.ts';
import {mediaOf} from '../../contract/registry.ts';
import {parseCitation} from '../../export/crate/citation.ts';
import type {CrateSource, InstanceResult} from '../../export/crate/crate-source.ts';
import {exportCrate} from '../../export/crate/export-crate.ts';
import {outputsOf} from '../../export/crate/tools.ts';
import {outcomeOf} from '../../export/outcome.ts';
import {findRun} from '../../journal/find-run.ts';
import {readRunEvents} from '../../journal/members/read-run-events.ts';
import {placedFiles, type PlacedFiles} from '../../journal/results-folder.ts';
import {readRun, resultOf, type RunAccount} from '../../journal/run-account.ts';
import {describeCause} from '../../report/text/describe.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {verifyArtifact} from '../../store/artifacts/verify-artifact.ts';
import type {Store} from '../../store/layout.ts';
import type {StageRecord} from '../../store/records/record.ts';
import {readFingerprint} from '../../store/records/read-fingerprint.ts';
import type {ExitCode} from '../exit-codes.ts';
import {loadRegistry} from '../load-registry.ts';
import {existingStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {conclude, refuse} from './conclude-export.ts';

export interface ExportCrateOptions {
  readonly store: string;
  readonly output: string;
  readonly license?: string;
  readonly author?: readonly string[];
  readonly json?: true;
}

/** `pipeline export crate [RUN] -o FOLDER`: writes a run as an RO-Crate. */
export async function exportCrateCommand(
  text: string,
  options: ExportCrateOptions,
  world: World,
): Promise<ExitCode> {
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const found = findRun(store, text);
  if (found.kind === 'unknown') return refuse('unknown-run', found.message, world);
  const account = readRun(store, found.run);
  const {planned} = account;
  const unfit = whyUnfit(account);
  if (unfit !== undefined || planned === undefined) return refuse('unfit-run', unfit!, world);
  const listed = placedFiles(store, account.run);
  const results = resultsIn(store, account, listed);
  const placed = await soundFiles(store, listed, results);
  if ('damaged' in placed) return refuse('damaged-artifact', placed.damaged, world);
  const registry = await loadRegistry(world);
  const source: CrateSource = {
    account,
    planned,
    events: readRunEvents(store, account.run).events,
    results,
    files: placed.files,
    store,
    media: mediaOf(registry),
    summaries: new Map(Array.from(registry, ([type, {contract}]) => [type, contract.summary])),
    citation: parseCitation(readFileSync(path.join(world.packageRoot, 'CITATION.cff'), 'utf8')),
    ...(options.license !== undefined && {license: options.license}),
    authors: options.author ?? [],
    describeCause,
  };
  const target = path.resolve(world.cwd, options.output);
  return await conclude(
    outcomeOf(exportCrate(source, target)),
    {target, options, world},
    ({files}) => {
      const folder = displayPath(target, world.cwd);
      const {gone} = placed;
      const left =
        gone.length === 0 ? '' : `\nGone from the store, and left out: ${gone.join(', ')}`;
      return {
        text: `Wrote ${folder}: ${files.length} files, described by ro-crate-metadata.json${left}`,
        json: {run: account.run, folder, files, gone},
      };
    },
  );
}

function whyUnfit({run, planned, outcome}: RunAccount): string | undefined {
  if (outcome === 'running' || outcome === 'submitted')
    return `The run ${run} has not ended: a crate is of a run that has.`;
  if (planned === undefined)
    return `The run ${run} ended before it knew its instances: there is nothing to tell.`;
  return undefined;
}

/** The results of a run. Of a key that was made again after its end, the store has another run's result. */
function resultsIn(
  store: Store,
  {instances, lastMs}: RunAccount,
  listed: PlacedFiles,
): readonly InstanceResult[] {
  const placed = new Set(Object.values(listed).map(({digest}) => digest));
  const isLater = (record: StageRecord): boolean =>
    Date.parse(record.startedAt) > lastMs &&
    // Mostly it has the same bytes, of which the run's own files tell.
    !outputsOf(record).every((digest) => placed.has(digest));
  return Array.from(instances.values()).flatMap((account) => {
    const record = resultOf(store, account);
    if (record === undefined || (account.record === undefined && isLater(record))) return [];
    const fingerprint = readFingerprint(store, record);
    return [{instance: account.id, record, ...(fingerprint && {fingerprint})}];
  });
}

/** The result files of a run that the store still has, and the names of those that are gone; or what is damaged. */
async function soundFiles(
  store: Store,
  listed: PlacedFiles,
  results: readonly InstanceResult[],
): Promise<
  | {readonly files: ReadonlyMap<string, Digest>; readonly gone: readonly string[]}
  | {readonly damaged: string}
> {
  const made = new Set(results.flatMap(({record}) => outputsOf(record)));
  const files = new Map<string, Digest>();
  const gone: string[] = [];
  for (const [name, {digest}] of Object.entries(listed)) {
    // A store that others may write to can list anything.
    if (!isFileName(name)) continue;
    // Bytes whose record is gone are of unknown origin.
    const state = made.has(digest) ? await verifyArtifact(store, digest) : 'missing';
    if (state === 'whole') files.set(name, digest);
    else if (state === 'missing') gone.push(name);
    else return {damaged: `The bytes of ${name} (${digest}) are damaged.`};
  }
  return {files, gone};
}

function isFileName(name: string): boolean {
  return name === path.basename(name) && !['', '.', '..'].includes(name) && !name.includes('\0');
}

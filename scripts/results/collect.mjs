import {spawnSync} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {digestOf} from '../../dist/src/base/digest.js';
import {findRun} from '../../dist/src/journal/find-run.js';
import {readRun, resultOf} from '../../dist/src/journal/run-account.js';
import {blobPath} from '../../dist/src/store/layout.js';
import {inspectStore} from '../../dist/src/store/open-store.js';
import {readFingerprint} from '../../dist/src/store/records/read-fingerprint.js';

/**
 * Copies what a run made to a folder: `table.csv` and `scores.arrow` of a stage of type `table`, `published.csv` if there
 * is one, and `run.json`, which says what was run, on what, and what made each result.
 */
export async function collect({store: root, run: text, folder, stage, versus, published}) {
  const {store, run} = open(root, text);
  const results = resultsOf(store, run);
  const table = results.find(({instance}) => instance === stage)?.record;
  if (table?.type !== 'table') throw new Error(`${run.run} has no finished table ${stage}.`);
  const {params, inputs} = readFingerprint(store, table);
  await mkdir(folder, {recursive: true});
  const copies = {'table.csv': table.outputs.csv, 'scores.arrow': table.outputs.scores};
  for (const [name, {artifacts}] of Object.entries(copies)) {
    await copy(blobPath(store, artifacts[0].digest), path.join(folder, name));
  }
  const [own] = inputs.published ?? [];
  const source = published ?? (own && blobPath(store, own));
  if (source !== undefined) await copy(source, path.join(folder, 'published.csv'));
  const layout = {...params, ...(versus !== undefined && {versus})};
  await writeFile(path.join(folder, 'run.json'), runText({run, results, stage, layout}));
}

/** Artifacts are read-only in a store, and their copies must not be. */
async function copy(from, to) {
  await writeFile(to, await readFile(from));
}

function open(root, text) {
  const {message, store} = inspectStore(root);
  if (message !== undefined) throw new Error(message);
  const found = findRun(store, text);
  if (found.kind === 'unknown') throw new Error(found.message);
  return {store, run: readRun(store, found.run)};
}

/** The instances of a run that have a result, and their records: with `--stored`, a table is made of what there is. */
function resultsOf(store, run) {
  return [...run.instances.values()].flatMap((account) => {
    const record = resultOf(store, account);
    if (record === undefined) return [];
    return [{instance: account.id, ran: account.record !== undefined, record}];
  });
}

/** JSON with a line for each fact and for each record. */
function runText({run, results, stage, layout}) {
  const {version, node, processor, commit, text} = run.facts ?? {};
  if (commit === undefined) throw new Error(`${run.run} does not know the commit that it ran.`);
  assertAncestor(commit);
  const engines = results.flatMap(({record}) => record.provenance.engineDescription ?? []);
  const facts = {
    command: withoutPlaces(run.started.command),
    version,
    commit,
    ...(text !== undefined && {pipeline: digestOf(text)}),
    node,
    processor,
    engines: [...new Set(engines)],
    startedAt: run.started.at,
    wallMs: run.lastMs - Date.parse(run.started.at),
    workMs: workOf(results),
    ran: results.filter(({ran}) => ran).length,
    stage,
    layout,
  };
  const lines = Object.entries(facts).map((entry) =>
    entry.map((part) => JSON.stringify(part)).join(': '),
  );
  const records = results.map(({instance, record}) => JSON.stringify(recordOf(instance, record)));
  return `{\n${lines.join(',\n')},\n"records": [\n${records.join(',\n')}\n]\n}\n`;
}

/** A commit of a branch that is not kept could be checked out by nobody. The pipeline may be newer than the program. */
function assertAncestor(commit) {
  const {status} = spawnSync('git', ['merge-base', '--is-ancestor', commit, 'HEAD'], {
    cwd: import.meta.dirname,
  });
  if (status !== 0) throw new Error(`The run is of commit ${commit}, which HEAD does not contain.`);
}

/** Instances with the same settings share a result. */
function workOf(results) {
  const byKey = new Map(results.map(({record}) => [record.key, record.durationMs]));
  return [...byKey.values()].reduce((sum, ms) => sum + ms, 0);
}

function recordOf(instance, {type, key, durationMs, outputs}) {
  const digests = Object.entries(outputs).map(([name, {artifacts}]) => [
    name,
    artifacts.map(({digest}) => digest),
  ]);
  return {instance, type, key, durationMs, outputs: Object.fromEntries(digests)};
}

/** A command line without its store and without the folders of absolute paths, which are of one machine. */
export function withoutPlaces(command) {
  return command
    .replace(/ --store ('[^']*'|\S+)/, '')
    .replaceAll(/(?<=[\s'"=[]|file:\/\/)\/(?:[^\s'",\]/]+\/)+/g, '…/');
}

import type {Json, JsonObject} from '../base/json.ts';
import {canonicalJson} from '../base/canonical-json.ts';
import {ownProperty} from '../base/own-property.ts';
import type {GcDone} from '../store/gc.ts';
import type {DoomedResult, GcPlan, Need} from '../store/gc-plan.ts';
import type {StoredResult} from '../store/inventory.ts';
import type {Key} from '../store/record.ts';
import {formatAge, formatBytes} from './amounts.ts';

/** What a result was made with; `undefined`: that is not known any more. */
export type ParamsOf = (result: StoredResult) => JsonObject | undefined;

/** What a clean-up would remove, and why, result by result. */
export function gcPlanText(plan: GcPlan, nowMs: number, paramsOf: ParamsOf): string {
  const {results, spared} = plan;
  const names = namesOf(
    [...results, ...spared].map(({result}) => result),
    paramsOf,
  );
  const line = (result: StoredResult, tail: string): string =>
    `  ${names.get(result.key)}  used ${formatAge(nowMs - result.usedMs)}${nowMs - result.usedMs < 60_000 ? '' : ' ago'}, ${tail}\n`;
  const parts = [
    ...results.map((doomed) => line(doomed.result, doomText(doomed))),
    ...(spared.length === 0 ? [] : ['Kept although it is old or there is too much:\n']),
    ...spared.map(({result, need}) => line(result, needText(need))),
    ...otherLines(plan).map((text) => `  ${text}\n`),
  ];
  const opening = results.length === 0 ? 'No result would go.\n' : 'Would go:\n';
  const bytes = freedBytes(plan);
  return `${opening}${parts.join('')}That would free ${formatBytes(bytes)}; ${keptText(plan)}.\n`;
}

/** What a clean-up removed. */
export function gcDoneText(done: GcDone, plan: GcPlan): string {
  const others = otherLines({...plan, unnamed: {count: 0, bytes: 0}});
  const lines = [
    `Removed ${count(done.results, 'result')} and ${count(done.blobs, 'artifact')}: ${formatBytes(done.bytes)}.`,
    ...(others.length === 0 ? [] : [`Also removed: ${others.join(', ')}.`]),
    ...(done.spared === 0 ? [] : [`${done.spared} came into use meanwhile, and stayed.`]),
    ...(plan.spared.length === 0 ? [] : [`${sparedText(plan)} although old or too much.`]),
    `${capitalised(keptText(plan))}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function freedBytes({results, unnamed}: GcPlan): number {
  return results.reduce((sum, doomed) => sum + doomed.freedBytes, unnamed.bytes);
}

function keptText({kept}: GcPlan): string {
  return `${count(kept.results, 'result')} with ${formatBytes(kept.bytes)} of artifacts ${kept.results === 1 ? 'stays' : 'stay'}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function sparedText({spared}: GcPlan): string {
  return `${count(spared.length, 'result')} that a run needs ${spared.length === 1 ? 'was' : 'were'} kept`;
}

function doomText({why, freedBytes}: DoomedResult): string {
  const because = why === 'age' ? 'too old' : 'over the size';
  return `${because}, frees ${formatBytes(freedBytes)}`;
}

function needText(need: Need): string {
  switch (need.kind) {
    case 'pinned':
      return `pinned by ${need.run}`;
    case 'live':
      return `needed by ${need.run}, which is running`;
    case 'computing':
      return `needed by attempt ${need.attempt}, which is running`;
  }
}

function otherLines(plan: GcPlan): readonly string[] {
  const {unnamed, runs, checkpoints, fingerprints, quarantined} = plan;
  const sum = (files: readonly {readonly sizeBytes: number}[]): number =>
    files.reduce((bytes, {sizeBytes}) => bytes + sizeBytes, 0);
  const line = (number: number, what: string, bytes: number): readonly string[] =>
    number === 0 ? [] : [`${count(number, what)} (${formatBytes(bytes)})`];
  return [
    ...line(unnamed.count, 'artifact that no result names', unnamed.bytes),
    ...line(runs.length, 'folder of an old run', sum(runs)),
    ...line(checkpoints.length, 'checkpoint of an unfinished result', sum(checkpoints)),
    ...line(fingerprints.length, 'fingerprint without a result', sum(fingerprints)),
    ...line(quarantined.length, 'damaged artifact that was set aside', sum(quarantined)),
  ];
}

function count(number: number, what: string): string {
  const [noun = '', ...rest] = what.split(' ');
  const text = number === 1 ? noun : `${noun}s`;
  return [`${number}`, text, ...rest].join(' ');
}

/** A name for each result: its stage type, and those parameters in which it differs from the others of that type. */
function namesOf(results: readonly StoredResult[], paramsOf: ParamsOf): ReadonlyMap<Key, string> {
  const names = new Map<Key, string>();
  const types = new Map<string, StoredResult[]>();
  for (const result of results) {
    const same = types.get(result.type);
    if (same === undefined) types.set(result.type, [result]);
    else same.push(result);
  }
  for (const [type, same] of types) {
    const params = same.map((result) => paramsOf(result) ?? {});
    const telling = tellingParams(params);
    for (const [index, {key}] of same.entries()) {
      const shown = telling.map((name) => `${name}=${short(params[index]![name])}`).join(', ');
      const label = type === '' ? 'unreadable record' : type;
      names.set(key, `${label}[${shown}] ${key.slice(0, 8)}`.replace('[] ', ' '));
    }
  }
  return names;
}

/** The parameters that differ; of results that differ in none, the first few. */
function tellingParams(all: readonly JsonObject[]): readonly string[] {
  const names = [...new Set(all.flatMap((params) => Object.keys(params)))];
  const differing = names.filter(
    (name) =>
      new Set(all.map((params) => canonicalJson(ownProperty(params, name) ?? null))).size > 1,
  );
  return (differing.length > 0 ? differing : names).slice(0, shownParams);
}

const shownParams = 4;
const shownLength = 24;

function short(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return text.length > shownLength ? `${text.slice(0, shownLength - 1)}…` : text;
}

import path from 'node:path';
import {findRun, listRuns} from '../../journal/find-run.ts';
import {readRun, resultOf, type RunAccount} from '../../journal/run-account.ts';
import type {Store} from '../../store/layout.ts';
import {inspectStore} from '../../store/open-store.ts';
import type {World} from '../world.ts';
import type {Asked} from './asked.ts';
import type {Candidate} from './candidates.ts';

/** The runs of the store that is named, newest first. */
export function runs(asked: Asked, world: World): readonly Candidate[] {
  const store = storeOf(asked, world);
  const names = store === undefined ? [] : listRuns(store).toReversed();
  if (names.length === 0) return [];
  return [{value: 'latest', about: names[0]!}, ...names.map((value) => ({value}))];
}

/** The instances of the run that the first argument names, or of the newest. */
export function instances(asked: Asked, world: World): readonly Candidate[] {
  const store = storeOf(asked, world);
  const account = store && accountOf(store, asked.args[0] ?? 'latest');
  return account === undefined ? [] : instancesOf(account, asked.word);
}

/** The instances of the newest run, the outputs of the one that the word names, and runs. */
export function results(asked: Asked, world: World): readonly Candidate[] {
  const store = storeOf(asked, world);
  const account = store && accountOf(store, 'latest');
  if (store === undefined || account === undefined) return [];
  const made = [...account.instances.values()].filter(({id}) => asked.word.startsWith(`${id}.`));
  const outputs = made.flatMap((instance) =>
    Object.entries(resultOf(store, instance)?.outputs ?? {}).map(([name, {media}]) => ({
      value: `${instance.id}.${name}`,
      about: media,
    })),
  );
  return [...instancesOf(account, asked.word), ...outputs, ...runs(asked, world)];
}

/** Instances, or, before a bracket, stages: of one with several instances what begins to choose one. */
function instancesOf({instances: accounts}: RunAccount, word: string): readonly Candidate[] {
  const ids = Array.from(accounts.keys(), String);
  if (word.includes('[')) return ids.map((value) => ({value}));
  return [...new Set(ids.map((id) => id.replace(/\[.*/s, '[')))].map((value) => ({value}));
}

function accountOf(store: Store, name: string): RunAccount | undefined {
  const named = findRun(store, name);
  const found = named.kind === 'found' ? named : findRun(store, 'latest');
  return found.kind === 'found' ? readRun(store, found.run) : undefined;
}

function storeOf({options, command}: Asked, {cwd}: World): Store | undefined {
  const usual = command.options.find((option) => option.attributeName() === 'store');
  const folder = options.get('store')?.at(-1) ?? (usual?.defaultValue as string | undefined);
  const inspected = inspectStore(path.resolve(cwd, folder ?? '.'));
  return inspected.kind === 'unusable' ? undefined : inspected.store;
}

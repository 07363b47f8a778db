import {closestTo} from '../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import {isText, type Located, type LocatedEntry, type LocatedMap} from '../../document/located.ts';

interface KeyCheck {
  readonly map: LocatedMap;
  readonly known: readonly string[];
  /** Begins the message: `A pipeline`. */
  readonly what: string;
  /** Of keys that other programs have in this place: what says the same here. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  readonly log: DiagnosticLog;
}

/**
 * Reports the keys that a mapping of the grammar does not know. Gives the mapping as it was probably meant, so that what
 * stands at a misspelt key is checked all the same and is not missing.
 */
export function checkKeys({map, known, what, elsewhere = {}, log}: KeyCheck): LocatedMap {
  const entries = new Map(map.entries);
  for (const [key, entry] of map.entries) {
    if (known.includes(key)) continue;
    entries.delete(key);
    const joined = spaceMissing(key, entry, known);
    const near = joined?.key ?? closestTo(key, known);
    const advice = Object.hasOwn(elsewhere, key) ? elsewhere[key]! : undefined;
    const message = joined
      ? `A space is missing after \`${joined.key}:\`.`
      : `${what} has no key \`${key}\`${advice === undefined ? `; it takes ${showNames(known)}` : `: ${advice}`}.`;
    const suggestion = joined
      ? quoted(joined.text)
      : advice === undefined
        ? quoted(near)
        : undefined;
    log.error('unknown-key', entry.keySpan, message, {suggestion});
    if (near === undefined || advice !== undefined || entries.has(near)) continue;
    entries.set(near, joined?.entry ?? entry);
  }
  return {...map, entries};
}

interface Joined {
  readonly key: string;
  /** As it was meant. */
  readonly text: string;
  readonly entry: LocatedEntry;
}

/** What `uses:download` was meant to be, which YAML reads as a key without a value. */
function spaceMissing(
  key: string,
  {keySpan, value}: LocatedEntry,
  known: readonly string[],
): Joined | undefined {
  const name = known.find((one) => key.startsWith(`${one}:`));
  if (name === undefined || value.kind !== 'scalar' || value.value !== null) return undefined;
  const rest = key.slice(name.length + 1).trim();
  const start = keySpan.start + key.length - rest.length;
  const span = {...keySpan, start: Math.min(start, keySpan.end)};
  const entry = {keySpan, value: {kind: 'scalar', value: rest, span} as const};
  return {key: name, text: `${name}: ${rest}`, entry};
}

/** The same of a whole mapping that has one key: YAML reads it as text. */
export function mappingMeant(
  located: Located,
  known: readonly string[],
  log: DiagnosticLog,
): LocatedMap | undefined {
  if (!isText(located)) return undefined;
  const {value: text, span} = located;
  const value = {kind: 'scalar', value: null, span} as const;
  const joined = /\s/.test(text) ? undefined : spaceMissing(text, {keySpan: span, value}, known);
  if (joined === undefined) return undefined;
  const message = `A space is missing after \`${joined.key}:\`.`;
  log.error('unknown-key', span, message, {suggestion: quoted(joined.text)});
  return {kind: 'map', entries: new Map([[joined.key, joined.entry]]), span};
}

/** Keys of stages in GitHub Actions, Docker Compose, DVC and Snakemake. */
export const stageKeysElsewhere: Readonly<Record<string, string>> = {
  needs: 'a stage comes after those whose outputs are its `inputs`',
  depends_on: 'a stage comes after those whose outputs are its `inputs`',
  after: 'a stage comes after those whose outputs are its `inputs`',
  deps: 'what it takes in stands in `inputs`',
  outs: 'what a program writes stands in `outputs`',
  if: 'a stage runs whenever its result is asked for and not stored; a selector or `--until` leaves stages out',
  when: 'a stage runs whenever its result is asked for and not stored; a selector or `--until` leaves stages out',
  name: 'its name is the key before it; a sentence about it is its `description`',
  cmd: 'a program and its arguments are `run: [program, argument]`',
  command: 'a program and its arguments are `run: [program, argument]`',
  script: 'a program and its arguments are `run: [program, argument]`',
  shell: 'a program and its arguments are `run: [program, argument]`, such as `run: [sh, -c, "…"]`',
  steps: 'each step is a stage of its own',
  params: 'what a stage type is told stands in `with`',
  strategy: 'its `matrix` stands in the stage itself',
  'working-directory': 'the folder of yours that a program starts in is its `folder`',
  working_dir: 'the folder of yours that a program starts in is its `folder`',
  workdir: 'the folder of yours that a program starts in is its `folder`',
  wdir: 'the folder of yours that a program starts in is its `folder`',
  cwd: 'the folder of yours that a program starts in is its `folder`',
  'runs-on': 'what it needs of the machine stands in `resources`',
  'timeout-minutes': 'a limit is `timeout: 30m`',
  'continue-on-error': 'the option `--keep-going` runs what does not need it',
};

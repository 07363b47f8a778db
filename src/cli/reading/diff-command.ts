import type {Found} from '../../journal/found.ts';
import {resolveWhat} from '../../journal/resolve-what.ts';
import {differenceLines, type Difference} from '../../report/text/difference-text.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {knownMedia} from '../load-registry.ts';
import {namedStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {
  fileDifference,
  resultDifference,
  runDifference,
  type DiffSetting,
} from './find-difference.ts';

export interface DiffOptions {
  readonly store: string;
  readonly json?: true;
}

/** `pipeline diff A B`: shows the differences between two runs, two results or two artifacts. */
export async function diffCommand(
  [textA, textB]: readonly [string, string],
  options: DiffOptions,
  world: World,
): Promise<ExitCode> {
  const store = namedStore(options.store, world);
  if (typeof store === 'number') return store;
  const {faults, stdout, cwd} = world;
  const [a, b] = [resolveWhat(textA, store, cwd), resolveWhat(textB, store, cwd)];
  for (const found of [a, b]) {
    if (found.kind === 'unknown') faults.fault('unknown-result', found.message);
  }
  if (a.kind === 'unknown' || b.kind === 'unknown') return exitCodes.usage;
  const media = await knownMedia(world);
  const difference = await differenceOf(a, b, {store, cwd, media, engines: world.offers.engines});
  if (difference === undefined) {
    const kinds = `${names[a.kind]} and ${names[b.kind]}`;
    const message = `\`diff\` compares two runs, two results or two artifacts; ${textA} and ${textB} are ${kinds}.`;
    faults.fault('unlike-kinds', message);
    return exitCodes.usage;
  }
  const lines = differenceLines(difference, stdout.size().columns);
  const isEqual = lines.length === 0;
  if (options.json === true) writeJson({a: textA, b: textB, equal: isEqual, difference}, world);
  else if (isEqual) stdout.write(`No difference between ${textA} and ${textB}.\n`);
  else stdout.write(lines.map((line) => `${line}\n`).join(''));
  return isEqual ? exitCodes.ok : exitCodes.different;
}

type Known = Exclude<Found, {readonly kind: 'unknown'}>;

/** The difference between two things; `undefined`: they are of two kinds. */
async function differenceOf(
  a: Known,
  b: Known,
  setting: DiffSetting,
): Promise<Difference | undefined> {
  if (a.kind === 'run' && b.kind === 'run') return await runDifference(a.run, b.run, setting);
  if (a.kind === 'file' && b.kind === 'file') return await fileDifference(a, b, setting);
  if (a.kind !== 'result' || b.kind !== 'result') return undefined;
  return await resultDifference(a.record, b.record, setting);
}

const names = {run: 'a run', result: "an instance's result", file: 'an artifact'} as const;

import {storeNeeds, type StoreNeed, type UnmetNeed} from '../../../store/examine-folder.ts';
import {noLinksText} from '../../../store/no-links.ts';
import {right, wrong, type Observation} from './observation.ts';

/**
 * Judges what a file system did not do.
 * @param where the machine that tried, such as `on this machine`
 */
export function judgeStore(unmet: readonly UnmetNeed[], where: string): readonly Observation[] {
  if (unmet.length === 0) {
    const what = 'hard links across folders, fsync, and rename over a file';
    return [right(`The store's file system can do what it has to ${where}: ${what}.`)];
  }
  return storeNeeds.flatMap((need) => {
    const found = unmet.find((one) => one.need === need);
    return found === undefined ? [] : [wrong(faults[need](found.why, where))];
  });
}

const faults: Readonly<Record<StoreNeed, (why: string, where: string) => string>> = {
  write: (why, where) =>
    `The store cannot be written ${where} (${why}). Members write results into it: give the user of the members the right to.`,
  link: (why, where) =>
    noLinksText(
      {
        subject: `The store's file system has no hard links across folders ${where}`,
        why,
        who: 'members',
      },
      '`store:` in the profile or by --store',
    ),
  sync: (why, where) =>
    `The store's file system refuses fsync ${where} (${why}): a power cut could leave records of results whose bytes are lost. Put the store on another one.`,
  rename: (why, where) =>
    `The store's file system cannot rename a file over another ${where} (${why}): checkpoints and notes could not be replaced. Put the store on another one.`,
};

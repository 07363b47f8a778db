import type {Results} from '../../journal/collect-results.ts';
import type {NextCommand} from '../../report/live/summary.ts';
import {sameAgain} from '../command-line.ts';
import {storeWords} from '../options/store-option.ts';
import type {World} from '../world.ts';

/**
 * The commands to continue with after a run: its report, and what is offered for its last product.
 * @param store as the user named it
 */
export function nextCommands(
  {files}: Results,
  store: string,
  world: Pick<World, 'commandLine' | 'offers' | 'cwd' | 'usualStore'>,
): readonly NextCommand[] {
  const {commandLine, offers} = world;
  const command = (...words: readonly string[]): string =>
    sameAgain({...commandLine, words: [...words, ...storeWords(store, world)]});
  const report = {command: command('report'), purpose: 'look at the run as a page'};
  const product = files.findLast(({isProduct, media}) => isProduct && offers.nextSteps.has(media));
  if (product === undefined) return [report];
  const {before, after, purpose} = offers.nextSteps.get(product.media)!;
  return [report, {command: command(...before, product.title, ...after), purpose}];
}

import {findRun, runWord} from '../../journal/find-run.ts';
import {matchInstances, nearestInstance} from '../../journal/match-instances.ts';
import {readRun, type InstanceAccount, type RunAccount} from '../../journal/run-account.ts';
import type {Store} from '../../store/layout.ts';

/** A run whose logs are shown, and the selectors of its instances. */
export interface ChosenLogs {
  readonly kind: 'chosen';
  readonly account: RunAccount;
  readonly selectors: readonly string[];
}

/** The run that the first word names, alone or before a slash, or otherwise the newest. */
export function chooseLogs(
  words: readonly string[],
  store: Store,
): ChosenLogs | {readonly kind: 'unknown'; readonly message: string} {
  const latest = findRun(store, 'latest');
  if (latest.kind === 'unknown') return latest;
  const [first, ...rest] = words;
  const newest: ChosenLogs = {
    kind: 'chosen',
    account: readRun(store, latest.run),
    selectors: words,
  };
  if (first === undefined || isIn(newest.account, first)) return newest;
  const within = runWord(first);
  const named = findRun(store, within?.run ?? first);
  if (named.kind === 'found') {
    const account = named.run === latest.run ? newest.account : readRun(store, named.run);
    const selectors = within === undefined ? rest : words.map((word) => inSame(word, within.run));
    return {kind: 'chosen', account, selectors};
  }
  // No stage's name begins with a digit: the word was meant as a run.
  return within !== undefined || /^\d/.test(first) ? named : newest;
}

/** The selector of a word that names the same run as the first; any other word as it is. */
function inSame(word: string, run: string): string {
  const within = runWord(word);
  return within?.run === run ? within.rest : word;
}

export function isIn({instances}: RunAccount, selector: string): boolean {
  return matchInstances(selector, instances.keys()).length > 0;
}

/** Says that a run has no such instance, and which was probably meant. */
export function notThere(selector: string, {run, instances}: RunAccount): string {
  const near = nearestInstance(selector, instances.keys());
  const meant = near === undefined ? '.' : `; did you mean \`${near}\`?`;
  return `Run ${run} has no instance \`${selector}\`${meant}`;
}

/** The instances that are chosen; all without a selector. */
export function meantBy({account, selectors}: ChosenLogs): readonly InstanceAccount[] {
  const {instances} = account;
  if (selectors.length === 0) return [...instances.values()];
  const ids = new Set(selectors.flatMap((text) => matchInstances(text, instances.keys())));
  return [...instances.values()].filter(({id}) => ids.has(id));
}

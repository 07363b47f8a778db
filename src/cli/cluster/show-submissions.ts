import {quoteWord} from '../../base/quote-word.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {scriptOf, submissionOf} from './cluster-run.ts';
import type {WantedRun} from './submit-run.ts';

/** `run --on CLUSTER --dry-run`: shows what the cluster would be asked for, and the scripts of the members. */
export async function showSubmissions(
  wanted: WantedRun,
  options: RunOptions,
  world: World,
): Promise<ExitCode> {
  const {engine} = wanted;
  const submissions = await Promise.all(
    [...wanted.need(new Map())].map(async ([pool, members]) => {
      const submission = submissionOf(wanted, pool, members);
      const when = await engine.whenFor?.(submission);
      const script = scriptOf(wanted, pool, world);
      return {pool: pool.name, members, command: engine.commandFor(submission), when, script};
    }),
  );
  if (options.json === true) writeJson(submissions, world);
  for (const {pool, members, command, when, script} of options.json === true ? [] : submissions) {
    const count = members === 1 ? '1 member' : `${members} members`;
    const lines = [
      `${count} of ${pool}${when === undefined ? '' : `. ${when}`}`,
      `  ${command.map(quoteWord).join(' ')}`,
      ...script
        .trimEnd()
        .split('\n')
        .map((line) => `  | ${line}`.trimEnd()),
    ];
    world.stdout.write(`${lines.join('\n')}\n`);
  }
  return exitCodes.ok;
}

import {groupBy} from '../../base/group-by.ts';
import {LogTail} from '../../journal/log-tail.ts';
import {MakerLogs, type Maker} from '../../journal/maker-logs.ts';
import type {InstanceAccount} from '../../journal/run-account.ts';
import {formatMoment} from '../../report/format/time.ts';
import {writeWrapped} from '../../report/format/wrapped.ts';
import type {Store} from '../../store/layout.ts';
import type {World} from '../world.ts';

/** Shows lines of the log of an instance that a run wrote. */
export type ShowLines = (id: string, lines: Buffer, run: string) => void;

/** Shows the logs of instances whose results were stored already: those of the runs that made them, which it names. */
export function showMadeLogs(
  hits: readonly InstanceAccount[],
  {store, show}: {readonly store: Store; readonly show: ShowLines},
  {stderr}: World,
): void {
  const makers = new MakerLogs(store);
  const found = hits.map(({id}, index) => ({id, maker: makers.of(hits[index]!)}));
  const told = groupBy(found, ({id, maker}) => (maker.kind === 'run' ? maker.run : id));
  for (const group of told.values()) {
    const {maker} = group[0]!;
    writeWrapped(
      stderr,
      `${sentence(
        group.map(({id}) => id),
        maker,
      )}\n`,
    );
    if (maker.kind !== 'run') continue;
    const {run} = maker;
    const tail = new LogTail(store, (id, lines) => show(id, lines, run));
    for (const {id, maker} of group) {
      if (maker.kind === 'run') for (const log of maker.logs) tail.finish(id, log);
    }
  }
}

/** Number of instances that are named. */
const named = 3;

function sentence(ids: readonly string[], maker: Maker): string {
  const names = ids.slice(0, named).map((id) => `\`${id}\``);
  const more = ids.length > named ? ` and ${ids.length - named} more` : '';
  const stored = `${names.join(', ')}${more} ${ids.length > 1 ? 'were' : 'was'} stored already`;
  switch (maker.kind) {
    case 'run':
      return `${stored}: run ${maker.run} made ${ids.length > 1 ? 'them' : 'it'}.`;
    case 'gone': {
      const {startedAt, host} = maker.record;
      const when = formatMoment(startedAt);
      return `${stored}, and no log of it is left: the run that made it, from ${when} on ${host}, was removed, or is of another store.`;
    }
    case 'unknown':
      return `${stored}, but its result is gone, and so is what would tell which run made it.`;
  }
}

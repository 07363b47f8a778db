import {visibleLine} from '../../base/visible.ts';
import type {QueuedMember} from '../engine.ts';

/** The fields of a job or a pod that this file reads. */
interface Item {
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly ownerReferences?: readonly {readonly name?: string}[];
  };
  readonly spec?: {readonly completions?: number; readonly suspend?: boolean};
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {readonly type?: string; readonly status?: string}[];
  };
}

/**
 * The members in a list of jobs and pods in JSON: the pods that wait or run, and those that a job has not made yet.
 * `undefined`: the text is no such list.
 */
export function membersIn(text: string): readonly QueuedMember[] | undefined {
  const items = parse(text);
  if (items === undefined) return undefined;
  const pods = items.filter(({kind}) => kind === 'Pod');
  const jobs = items.filter((item) => item.kind === 'Job' && !isOver(item));
  return jobs.flatMap((job) => {
    const name = job.metadata?.name ?? '';
    const own = pods
      .filter(({metadata}) => metadata?.ownerReferences?.some((owner) => owner.name === name))
      .flatMap(memberOf);
    return own.length > 0 ? own : unmade(job, name);
  });
}

function parse(text: string): readonly Item[] | undefined {
  try {
    const list = JSON.parse(text) as {readonly items?: unknown} | null;
    return Array.isArray(list?.items) ? (list.items as readonly Item[]) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isOver({status}: Item): boolean {
  const ends = ['Complete', 'Failed'];
  const isEnd = (type: string | undefined): boolean => ends.some((end) => end === type);
  return status?.conditions?.some(({type, status}) => isEnd(type) && status === 'True') ?? false;
}

function memberOf({metadata, status}: Item): readonly QueuedMember[] {
  const word = status?.phase;
  if (word !== 'Pending' && word !== 'Running') return [];
  const job = visibleLine(metadata?.name ?? '');
  return [{job, state: word === 'Running' ? 'running' : 'waiting', word}];
}

/** The members of a job that has no pods yet, such as one that waits in a queue of Kueue's. */
function unmade({spec}: Item, name: string): readonly QueuedMember[] {
  const word = spec?.suspend === true ? 'Suspended' : 'Pending';
  return Array.from({length: spec?.completions ?? 0}, (_, index) => ({
    job: visibleLine(`${name}-${index}`),
    state: 'waiting',
    word,
  }));
}

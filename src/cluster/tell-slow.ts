import type {ClusterEngine} from './engine.ts';

/** People take a longer wait, of which nothing is said, for a standstill. */
const usualSlowMs = 2000;

/**
 * An engine that says, once, that a cluster takes long to answer: Slurm's commands wait without a word where a site
 * limits how often a user may ask.
 */
export function tellingSlow(
  engine: ClusterEngine,
  {
    title,
    tell,
    slowMs = usualSlowMs,
  }: {
    /** The name of the cluster's kind for people, such as `Slurm`. */
    readonly title: string;
    /** Takes a line for the user. */
    readonly tell: (line: string) => void;
    readonly slowMs?: number;
  },
): ClusterEngine {
  let wasTold = false;
  const wait = async <T>(answer: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => {
      if (!wasTold) tell(`… Waiting for ${title}, which may limit how often it is asked.\n`);
      wasTold = true;
    }, slowMs);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    submit: async (submission) => await wait(engine.submit(submission)),
    list: async (run) => await wait(engine.list(run)),
    wereCancelled: async (run) =>
      (await wait(Promise.resolve(engine.wereCancelled?.(run)))) === true,
    cancel: async (run) => await wait(engine.cancel(run)),
    commandFor: (submission) => engine.commandFor(submission),
  };
}

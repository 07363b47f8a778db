/** The outcome of a case. */
export interface Outcome {
  /** A description of the case, for investigation. */
  readonly what: string;
  /** Things that the program did and must not do. */
  readonly faults: readonly string[];
  /** Observations that are counted but are no faults. */
  readonly notes: readonly string[];
}

/** Tries the case with a number, and announces each step before it is taken. */
export type Attempt = (index: number, tell: (step: string) => void) => Promise<Outcome>;

/** Cases that are made from a seed and a number, so that each can be repeated by itself. */
export interface Attack {
  /** Time limit of a step, in milliseconds of all cores together. */
  readonly stepMs: number;
  /** Makes the common start of all cases in a folder. */
  readonly prepare: (folder: string) => Promise<void>;
  /** Called in the process that tries cases. Its steps run in a folder of their own. */
  readonly open: (prepared: string, seed: number, scratch: string) => Promise<Attempt>;
}

/** The attacks by name, each loaded on demand. */
export const attacks: Readonly<Record<string, () => Promise<Attack>>> = {
  artifacts: async () => (await import('./artifacts.ts')).artifacts,
  books: async () => (await import('./books.ts')).books,
  pipelines: async () => (await import('./pipelines.ts')).pipelines,
  clocks: async () => (await import('./clocks.ts')).clocks,
  users: async () => (await import('./users.ts')).users,
};

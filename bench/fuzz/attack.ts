/** What became of a case. */
export interface Outcome {
  /** What was done, for whoever looks into it. */
  readonly what: string;
  /** What the program must not do, and did. */
  readonly faults: readonly string[];
  /** What is counted and is no fault. */
  readonly notes: readonly string[];
}

/** Tries the case of a number, and tells each step before it is taken. */
export type Attempt = (index: number, tell: (step: string) => void) => Promise<Outcome>;

/** Cases that are made of a seed and a number, so that each can be tried again alone. */
export interface Attack {
  /** How long a step of a case may work, in milliseconds of all cores together. */
  readonly stepMs: number;
  /** Makes in a folder what all cases start from. */
  readonly prepare: (folder: string) => Promise<void>;
  /** Called in the process that tries cases. Steps of it are in a folder of its own. */
  readonly open: (prepared: string, seed: number, scratch: string) => Promise<Attempt>;
}

/** The attacks there are, each loaded when it is asked for. */
export const attacks: Readonly<Record<string, () => Promise<Attack>>> = {
  artifacts: async () => (await import('./artifacts.ts')).artifacts,
  books: async () => (await import('./books.ts')).books,
  pipelines: async () => (await import('./pipelines.ts')).pipelines,
  clocks: async () => (await import('./clocks.ts')).clocks,
  users: async () => (await import('./users.ts')).users,
};

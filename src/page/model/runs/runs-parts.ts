import type {ChartPart, GalleryPart, Overview, Pair, RunMark, ScorePart} from '../parts.ts';

/** A run among others. */
export interface RunRow {
  readonly run: string;
  /** The pipeline file. Empty: the run was ended before it had begun. */
  readonly pipeline: string;
  readonly state: Overview['state'];
  /** In milliseconds since the epoch. */
  readonly startMs?: number;
  /** The duration, so far if the run goes on. */
  readonly durationMs?: number;
  /** Number of instances with a result, and of all. */
  readonly done: number;
  readonly total: number;
  /** What was set when it was started. */
  readonly set: readonly Pair[];
  readonly metrics: readonly MetricValue[];
}

/** A number of a run. */
export interface MetricValue {
  readonly name: string;
  readonly value: number;
  /** Absent: nothing says which of two is better. */
  readonly best?: 'highest' | 'lowest';
}

/** The contents of the page of all runs. Those of a run are called `run:<name>`. */
export interface RunsParts {
  readonly runs: {
    /** The name of the store's folder. */
    readonly store: string;
    /** The runs that were read, the newest first. */
    readonly names: readonly string[];
    /** Number of older runs that are still to be read. */
    readonly unread: number;
    /** The metric that is shown unless another is chosen. Absent: there is none. */
    readonly metric?: string;
  };
  readonly [row: `run:${string}`]: RunRow;
}

/** Runs beside each other. Every list of values has one for each run, in their order. */
export interface ComparisonPart {
  readonly runs: readonly (RunRow & {readonly mark: RunMark})[];
  /** Parameters that differ, and what else made the runs and differs. */
  readonly parameters: readonly ValuesRow[];
  readonly metrics: readonly MetricsRow[];
  readonly shared: readonly ValuesRow[];
}

export interface ValuesRow {
  readonly name: string;
  readonly values: readonly string[];
}

export interface MetricsRow {
  readonly name: string;
  /** Absent: nothing says which of two is better. */
  readonly best?: MetricValue['best'];
  readonly values: readonly (number | null)[];
  /** The differences from the first run. */
  readonly differences: readonly (number | null)[];
  /** The metric that it is the number of one instance of. Absent: it is the metric itself. */
  readonly of?: string;
}

/** A table that several runs have. */
export interface ComparedTable {
  readonly title: string;
  /** The titles of the columns; the first has the names of the rows. */
  readonly head: readonly string[];
  readonly isRight: readonly boolean[];
  readonly rows: readonly {
    readonly name: string;
    readonly lines: readonly ComparedLine[];
  }[];
}

/** A row of the table, of the runs in which it is the same. */
export interface ComparedLine {
  readonly of: RunMark;
  readonly cells: readonly ComparedCell[];
}

export interface ComparedCell {
  readonly text: string;
  /** The difference of the number that it begins with from that of the first run. */
  readonly difference?: string;
}

/** The contents of the page that compares runs, in parts that change independently. */
export interface ComparisonParts {
  readonly comparison: ComparisonPart;
  readonly tables: readonly ComparedTable[];
  readonly scores: readonly ScorePart[];
  readonly galleries: readonly GalleryPart[];
  readonly charts: readonly ChartPart[];
  /** Data that could not be read, or was left out, as sentences. */
  readonly notes: readonly string[];
}

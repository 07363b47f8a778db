/**
 * The state of an instance; `pending`: it has not begun; `skipped`: what it needs failed; `unstarted`: the run ended
 * without it.
 */
export type State =
  | 'hit'
  | 'waiting'
  | 'running'
  | 'finished'
  | 'failed'
  | 'suspended'
  | 'skipped'
  | 'unstarted'
  | 'pending';

/** The state or the outcome of a run. */
export interface Overview {
  readonly run: string;
  /** The name of the pipeline, and its file. */
  readonly name: string;
  readonly file: string;
  /** A sentence. */
  readonly outcome: string;
  readonly state: 'ok' | 'failed' | 'suspended' | 'running' | 'submitted' | 'killed';
  readonly startedAt: string | undefined;
  /** Absent: the run is not over. */
  readonly durationMs: number | undefined;
  /** Number of instances in each state. */
  readonly counts: Readonly<Partial<Record<State, number>>>;
  readonly total: number;
  /** Working time of everything that ran or runs. */
  readonly workMs: number;
  /** Working time that stored results saved. */
  readonly savedMs: number;
  /** The remaining time, if known. */
  readonly leftMs: number | undefined;
  /** Whether instances of unknown duration come on top. */
  readonly leftIsLeast: boolean;
  /** The command that repeats the run. */
  readonly command: string | undefined;
  /** Programs, machine, engines, devices, parameters, store. */
  readonly facts: readonly Pair[];
  /** The pipeline file. Absent: the journal does not have it. */
  readonly text: string | undefined;
  /** The first failures; `counts` has the number of all. */
  readonly failures: readonly Failure[];
  /** Number of lines of the journal that are not events. */
  readonly unreadable: number;
}

export type Pair = readonly [name: string, value: string];

export interface Failure {
  readonly id: string;
  readonly message: string;
  /** The command that runs it again, and everything it needs. Absent: no command line started the run. */
  readonly again: string | undefined;
}

/** A drawn graph; positions are in pixels, from the top left. */
export interface GraphPart {
  /** In a graph of `instances`, a stage of many instances may be one node; `all` has each instance. */
  readonly kind: 'stages' | 'instances' | 'all';
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly GraphBox[];
  readonly clusters: readonly GraphCluster[];
  /** SVG paths, each ending at the tip of its arrow. */
  readonly edges: readonly string[];
}

export interface GraphBox extends Box {
  /** The name of the stage, or the id of the instance. */
  readonly name: string;
  readonly label: string;
  readonly type: string;
  /** What the author says about the stage. */
  readonly description?: string;
  readonly count: number;
  /** The nodes that it takes input from. */
  readonly sources: readonly string[];
}

export interface GraphCluster extends Box {
  readonly label: string;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A stage, with all its known instances. */
export interface StagePart {
  readonly name: string;
  readonly type: string;
  /** What the author says about it. */
  readonly description?: string;
  /** Number of its instances; `rows` has fewer while some have not begun. */
  readonly count: number;
  readonly workMs: number;
  readonly savedMs: number;
  /** The parameters that all of its instances share. */
  readonly settings: readonly Pair[];
  readonly rows: readonly InstanceRow[];
}

export interface InstanceRow {
  readonly id: string;
  /** The id without the name of the stage. */
  readonly label: string;
  readonly state: State;
  /** The time of an instance that ran or runs; for a stored one, the time that it had taken. */
  readonly durationMs: number | undefined;
  readonly device: string;
  /** From 0 to 1. Absent: it does not run, or has not reported progress. */
  readonly done: number | undefined;
  readonly note: string;
}

/** The details of an instance. */
export interface Detail {
  readonly sections: readonly {readonly title: string; readonly pairs: readonly Pair[]}[];
  /** The end of its log. */
  readonly log: string | undefined;
}

export interface TimelinePart {
  readonly startMs: number;
  /** Absent: it is not over. */
  readonly endMs: number | undefined;
  readonly lanes: readonly string[];
  readonly bars: readonly TimelineBar[];
}

/** An attempt, on one of its devices. */
export interface TimelineBar {
  readonly id: string;
  readonly stage: string;
  readonly lane: number;
  readonly startMs: number;
  /** Absent: it is running. */
  readonly endMs: number | undefined;
  /** `lost`: its member has died, or has left without a word about it. */
  readonly state: State | 'retried' | 'lost';
  /** Absent: it is one attempt. It stands for the first of several that are too short to be drawn. */
  readonly together?: {
    readonly count: number;
    /** The sum of their durations. */
    readonly workMs: number;
  };
}

/** A text output: a table, or paragraphs. */
export interface TextPart {
  readonly title: string;
  readonly blocks: readonly Block[];
  /** The same in other formats, for copying. */
  readonly sources: readonly {
    /** The name of the output, and its medium. */
    readonly name: string;
    readonly media: string;
    /** The extension of its files. */
    readonly extension: string;
    readonly isWhole: boolean;
    readonly text: string;
  }[];
}

export type Block =
  | {readonly kind: 'text'; readonly text: string}
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly isRight: readonly boolean[];
      readonly rows: readonly (readonly string[])[];
    };

/** The scores of networks trained on sets of one data set and size. */
export interface ScorePart {
  readonly title: string;
  readonly sets: readonly string[];
  readonly rows: readonly {readonly model: string; readonly marks: readonly ScoreMark[]}[];
}

/** Mean and population standard deviation of the accuracy over trials, from 0 to 1. */
export interface ScoreMark {
  readonly set: string;
  readonly mean: number;
  readonly deviation: number;
  readonly trials: number;
}

/** Curves of one column, for the instances of a stage. */
export interface ChartPart {
  readonly title: string;
  readonly stage: string;
  /** The quantity along x. */
  readonly axis: string;
  readonly curves: readonly Curve[];
  /** Number of curves that were left out. */
  readonly more: number;
  /** The runs that the curves are from. Absent: they are from one. */
  readonly groups?: readonly RunMark[];
}

export interface Curve {
  readonly name: string;
  /** The place of its runs in `groups`. */
  readonly group?: number;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** Pictures of one instance, at one or more iterations. */
export interface GalleryPart {
  readonly title: string;
  /** What the images show, for pictures with a `grid`, each of which has one of these lists. */
  readonly captions: readonly (readonly string[])[];
  readonly pictures: readonly PicturePart[];
}

export interface PicturePart {
  readonly label: string;
  /** Absent: it does not belong to a snapshot. */
  readonly iteration: number | undefined;
  /** A `data:` URL. */
  readonly url: string;
  readonly width: number;
  readonly height: number;
  /** Absent: it shows nothing that has captions. */
  readonly grid?: {
    /** Number of images in a row. */
    readonly columns: number;
    /** The space around and between images, in pixels. */
    readonly padding: number;
    /** The place of the list in `captions`. */
    readonly captions: number;
  };
  /** The runs that have it. Absent: there is one. */
  readonly of?: RunMark;
}

/** One or more of the runs that are compared. */
export interface RunMark {
  /** Their letters: `A`, or `A, C`. */
  readonly label: string;
  /** The colour of the first. */
  readonly colour: number;
}

/** Histograms of one name, by iteration. */
export interface HistogramPart {
  readonly title: string;
  readonly instance: string;
  readonly steps: readonly {
    readonly iteration: number;
    readonly min: number;
    readonly limits: readonly number[];
    readonly counts: readonly number[];
  }[];
}

/** The differences between a run and the previous one of the same pipeline file. */
export interface ChangesPart {
  readonly before: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly {readonly id: string; readonly what: readonly string[]}[];
  /** Number of instances that have the same result in both. */
  readonly same: number;
}

/** What a run has made, without how it did so. */
export interface RunResults {
  readonly stages: readonly StagePart[];
  readonly texts: readonly TextPart[];
  readonly scores: readonly ScorePart[];
  readonly galleries: readonly GalleryPart[];
  readonly charts: readonly ChartPart[];
  readonly histograms: readonly HistogramPart[];
  /** Data that could not be read, or was left out, as sentences. */
  readonly notes: readonly string[];
}

/** The contents of the page of a run, in parts that change independently. Those of instances are called `detail:<id>`. */
export interface Parts extends RunResults {
  readonly overview: Overview;
  readonly graphs: readonly GraphPart[];
  readonly timeline: TimelinePart;
  readonly changes: ChangesPart | null;
  readonly [detail: `detail:${string}`]: Detail;
}

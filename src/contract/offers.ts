import type {Engines} from '../base/engines.ts';

/**
 * What the program offers of what it knows about the results of its stage types: known before any of them is loaded,
 * since help names it. Code comes lazily.
 */
export interface Offers {
  readonly engines: Engines;
  /** How tables are drawn, by their media. Other tables are not. */
  readonly drawings: ReadonlyMap<string, Drawing>;
  /** What TensorBoard is told of curves. */
  readonly curves: CurveNames;
  readonly loadPtExporter: () => Promise<{readonly exportPt: PtExporter}>;
  readonly imports: Imports;
}

export type Drawing =
  /**
   * By its columns: histograms, pictures, or a curve for each column of numbers. `titles` are for people, by the names of
   * rows that are no plain words.
   */
  | {readonly kind: 'points'; readonly titles?: Readonly<Record<string, string>>}
  /** Trials of which the mean is drawn. `readScores` throws a `CorruptFile`, or the file system's error. */
  | {
      readonly kind: 'trials';
      load(): Promise<{
        readonly readScores: (path: string) => Promise<readonly TrialScore[]>;
      }>;
    };

/** One trial's row of a table of scores. */
export interface TrialScore {
  /** What was measured, as a title: trials of the same stand in one plot. */
  readonly title: string;
  readonly model: string;
  readonly set: string;
  /** Which images the network was evaluated on. */
  readonly split: string;
  /** How many updates made the set; 0 where that is not known. */
  readonly iteration: number;
  readonly accuracy: number;
}

/** What curves are called in event files, and where their points stand. */
export interface CurveNames {
  /** Tables whose rows this column counts are meant. */
  readonly stepColumn: string;
  /** What is added to their steps; none gets below 0. */
  readonly shift: number;
  /** By the names of their columns. Others keep those. */
  readonly names: Readonly<Record<string, string>>;
  /** Of scores: mean and population standard deviation, and those of the best so far. */
  readonly scores: {
    readonly mean: string;
    readonly deviation: string;
    readonly bestMean: string;
    readonly bestDeviation: string;
  };
}

/**
 * Writes files of tensors as files that PyTorch reads, and gives the files written.
 * @param target a file if its name ends in `.pt`, otherwise a folder, which is made
 * @throws FileFault if a file cannot be read; RangeError if a single file cannot hold them
 */
export type PtExporter = (files: readonly string[], target: string) => Promise<readonly string[]>;

/** What `pipeline import` takes in. */
export interface Imports {
  readonly description: string;
  readonly files: string;
  /** Options of all kinds. */
  readonly options: readonly OptionDeclaration[];
  readonly kinds: readonly ImportKind[];
}

export interface OptionDeclaration {
  /** As commander takes them: `--dataset <name>`. */
  readonly flags: string;
  readonly description: string;
  readonly isRequired?: true;
  readonly isNumber?: true;
  readonly default?: string;
}

/** One kind of files that are taken in. */
export interface ImportKind {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionDeclaration[];
  /** What its files are called where a folder of them is named, and what a person is told of that. */
  readonly namesInFolder: RegExp;
  readonly example: string;
  load(): Promise<{readonly importedPipeline: ImportedPipeline}>;
}

/**
 * The text of a pipeline whose stage `imported` takes files in; or what is missing, as a sentence.
 * @param files as a pipeline file refers to them
 * @param options what commander has made of the command line
 */
export type ImportedPipeline = (
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
) => {readonly text: string} | {readonly fault: string};

import type {Engines, Numerics} from '../base/engines.ts';
import type {Json, JsonObject} from '../base/json.ts';
import type {Calibrate} from './cost.ts';

/**
 * The knowledge about learning that the runner gets as data. The command line has it before it loads any stage type,
 * because help names it. Code is loaded on demand.
 */
export interface Offers {
  readonly engines: Engines;
  /** The drawings of tables, by media. Tables of other media are not drawn. */
  readonly drawings: ReadonlyMap<string, Drawing>;
  /** The names of curves in event files. */
  readonly curves: CurveNames;
  /** The command to continue with after a run, by the media of its products. */
  readonly nextSteps: ReadonlyMap<string, NextStep>;
  /** Measures the speed of a machine, for estimates. */
  readonly loadCalibration: () => Promise<{readonly calibrate: Calibrate}>;
  readonly loadPtExporter: () => Promise<{readonly exportPt: PtExporter}>;
  /** Kinds of folders that `pipeline export` writes. */
  readonly exports: readonly ExportKind[];
  readonly imports: Imports;
  /** `pipeline evaluate`: a pipeline that judges a set of files. */
  readonly evaluation: Evaluation;
  /** `pipeline sweep`: a pipeline that compares another one at many points. */
  readonly leaderboards: Leaderboards;
}

/** A command that continues with a product. */
export interface NextStep {
  /** The words before and after the name of the product. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What it is for, as the end of a sentence: `use it in PyTorch`. */
  readonly purpose: string;
}

export type Drawing =
  /**
   * The columns decide: histograms, pictures, or a curve for each column of numbers. `titles` replace names of rows on
   * the page.
   */
  | {readonly kind: 'points'; readonly titles?: Readonly<Record<string, string>>}
  /** The mean over trials is drawn. `readScores` throws a `CorruptFile`, or the file system's error. */
  | {
      readonly kind: 'trials';
      readonly headline: Headline;
      load(): Promise<{
        readonly readScores: (path: string) => Promise<readonly TrialScore[]>;
      }>;
    }
  /**
   * It is not drawn, but says what the pictures of the same result show. `readCaptions` throws a `CorruptFile`, or the
   * file system's error.
   */
  | {
      readonly kind: 'captions';
      load(): Promise<{
        readonly readCaptions: (path: string) => Promise<Captions>;
      }>;
    };

/** The number that stands for an artifact where runs are listed and compared: the mean over its last trials. */
export interface Headline {
  /** The column of the table, which is also what people call it. */
  readonly column: string;
  /** Which of two is better. */
  readonly best: 'highest' | 'lowest';
}

/** The captions of images that stand in a grid, row by row, in one picture. */
export interface Captions {
  /** The caption of each image. */
  readonly texts: readonly string[];
  /** The images in a row, if there are as many. */
  readonly columns: number;
  /** The space around and between images, in pixels of the picture. */
  readonly padding: number;
  /** The size of an image, which the picture enlarges by a whole number. */
  readonly width: number;
  readonly height: number;
}

/** One trial's row of a table of scores. */
export interface TrialScore {
  /** The measured quantity. Trials with the same title are drawn in one plot. */
  readonly title: string;
  readonly model: string;
  readonly set: string;
  /** The split that the network was evaluated on. */
  readonly split: string;
  /** Number of updates that made the set; 0 if not known. */
  readonly iteration: number;
  readonly accuracy: number;
}

/** The names of curves in event files, and the steps of their points. */
export interface CurveNames {
  /** The names apply to tables with this column. */
  readonly stepColumn: string;
  /** Added to each step; the result is at least 0. */
  readonly shift: number;
  /** By column. Other columns keep their names. */
  readonly names: Readonly<Record<string, string>>;
  /** The curves of scores: mean and population standard deviation, and those of the best mean so far. */
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

/** A kind of folders for `pipeline export`, which are made of files of tensors. */
export interface ExportKind {
  readonly name: string;
  readonly description: string;
  /** Whole command lines, for help. */
  readonly examples: readonly [string, string];
  load(): Promise<{readonly exportFolders: FolderExporter}>;
}

/**
 * Writes a folder for each file, with a `README.md` that says what it is, and gives the folders.
 * @param files with their names for display
 * @param target the folder, which is made. The file system's error says if something is there
 * @throws FileFault if a file cannot be read, or is of another kind
 */
export type FolderExporter = (
  files: readonly {readonly path: string; readonly name: string}[],
  target: string,
) => Promise<readonly string[]>;

/** The kinds of files that `pipeline import` reads, with its options. */
export interface Imports {
  readonly description: string;
  readonly files: string;
  /** Options that all kinds have. */
  readonly options: readonly OptionDeclaration[];
  readonly kinds: readonly ImportKind[];
}

export interface OptionDeclaration {
  /** As commander takes them: `--dataset <name>`. */
  readonly flags: string;
  readonly description: string;
  readonly isRequired?: true;
  readonly isNumber?: true;
  readonly choices?: readonly string[];
  readonly default?: string;
}

/** A kind of files that a pipeline is written for. */
export interface ImportKind {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionDeclaration[];
  /** The names of its files in a folder, and an example for messages. */
  readonly namesInFolder: RegExp;
  readonly example: string;
  /** Whole command lines, for help. */
  readonly examples: readonly [string, string];
  load(): Promise<{
    readonly importedPipeline: ImportedPipeline;
    readonly findFileFault: FindFileFault;
  }>;
}

/** The files that `pipeline evaluate` judges. */
export interface Evaluation extends ImportKind, NamedFiles {
  /** A description of its arguments. */
  readonly files: string;
  /** Options that name further files. */
  readonly fileOptions: readonly FileOption[];
  /** The stage type whose stored results say more about files. */
  readonly recalls: string;
}

/** Files that are named on a command line: by their paths, by their folder, or as a result of a run. */
export interface NamedFiles {
  /** The names of files in a folder. */
  readonly namesInFolder: RegExp;
  /** The media of results, and what messages call one. */
  readonly media: string;
  readonly title: string;
}

/** An option whose value names files. */
export interface FileOption extends NamedFiles {
  /** By commander's name. */
  readonly option: string;
  /** A result may be several of them. */
  readonly isMany: boolean;
}

/** The options of a command line, by commander's names. */
type ImportOptions = Readonly<Record<string, unknown>>;

/**
 * Gives a pipeline that reads the files, an import by its stage `imported`; or says what is missing.
 * @param recalled the stored results that the kind `recalls`
 */
export type ImportedPipeline = (
  files: readonly ImportedFile[],
  options: ImportOptions,
  recalled?: readonly RecalledResult[],
) => Promise<ImportedText | ImportFault>;

/** A mistake in what was given, as a sentence. */
export interface ImportFault {
  readonly fault: string;
  /** The option that it is about, and its value, as on a command line: `--held-out 5000`. */
  readonly argument?: string;
}

/** A stored result of an earlier run. */
export interface RecalledResult {
  readonly params: JsonObject;
  readonly provenance: JsonObject;
}

export interface ImportedText {
  readonly text: string;
  /** The parts of the text that are values of options. */
  readonly given: readonly GivenOption[];
}

/** Where the value of an option stands in a text: `start` inclusive, `end` exclusive. */
export interface GivenOption {
  /** The option and its value, as on a command line: `--dataset cifar10`. */
  readonly argument: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Gives a sentence that says which file does not fit the options, as far as that shows without the data set. Called once
 * the pipeline is known to be valid.
 */
export type FindFileFault = (
  files: readonly ImportedFile[],
  options: ImportOptions,
) => Promise<string | undefined>;

/** A file to import. */
export interface ImportedFile {
  /** As the pipeline file refers to it. */
  readonly reference: string;
  /** Absolute. */
  readonly path: string;
  /** Its name in messages. */
  readonly name: string;
  /** The option that named it, by commander's name. Absent: it is an argument. */
  readonly option?: string;
}

/** Compares the results of a pipeline at many points. */
export interface Leaderboards {
  /** The media of the outputs that are compared. */
  readonly media: string;
  /** The stage that compares, in the pipeline that `sweepText` gives. */
  readonly stage: string;
  load(): Promise<{readonly sweepText: (sweep: Sweep) => ImportedText}>;
}

export type SweptValue = string | number | boolean;

/** What a sweep computes and compares. */
export interface Sweep {
  readonly name: string;
  /** What the swept pipeline asks of its engine. */
  readonly numerics: Numerics;
  /** See `Leaderboards.stage`. */
  readonly leaderboard: string;
  /** Comments for the beginning of the file. */
  readonly about: readonly string[];
  /** The swept pipeline, as the written one refers to it. */
  readonly reference: string;
  readonly axes: readonly SweptAxis[];
  /** All combinations of the values of the axes, in their order; or points. */
  readonly points:
    | {readonly kind: 'grid'; readonly values: readonly (readonly SweptValue[])[]}
    | {readonly kind: 'list'; readonly list: readonly Readonly<Record<string, SweptValue>>[]};
  /** Parameters that are the same at all points. */
  readonly fixed: readonly {
    readonly param: string;
    /** The option that gives it. */
    readonly argument: string;
    readonly value: Json;
  }[];
  /** The output of the swept pipeline that is compared. */
  readonly scores: string;
  /** The scores that order the points, as `axis=value`; none: the first column. */
  readonly best: readonly string[];
}

export interface SweptAxis {
  /** Its name in the matrix. */
  readonly axis: string;
  /** The parameter, or `stage.parameter`. */
  readonly param: string;
  /** The option that gives it. */
  readonly argument: string;
  /** Whether the leaderboard has the mean over its values. */
  readonly isAveraged: boolean;
}

import type {Engines} from '../base/engines.ts';
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
export interface Evaluation extends ImportKind {
  /** A description of its arguments. */
  readonly files: string;
  /** The media of the results of runs that it judges, and what messages call one. */
  readonly media: string;
  readonly title: string;
}

/** The options of a command line, by commander's names. */
type ImportOptions = Readonly<Record<string, unknown>>;

/** Gives a pipeline that reads the files, an import by its stage `imported`; or a sentence that says what is missing. */
export type ImportedPipeline = (
  files: readonly ImportedFile[],
  options: ImportOptions,
) => Promise<ImportedText | {readonly fault: string}>;

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
}

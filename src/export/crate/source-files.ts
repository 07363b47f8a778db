import path from 'node:path';
import type {RunAccount} from '../../journal/run-account.ts';
import type {KeptFile} from '../../journal/event.ts';

/** The files that a run was loaded from, as a crate has them. */
export interface SourceFiles {
  /** The pipeline file. Absent: its text was not kept. */
  readonly pipeline?: PlacedFile;
  /** The pipeline files that it extends or uses. */
  readonly others: readonly PlacedFile[];
  /** The files of parameters, in order: the last wins. */
  readonly params: readonly PlacedFile[];
  /** The values of `--set`. */
  readonly set: readonly string[];
  /** The names of files that the crate does not have: their texts were not kept, or no file may have their paths. */
  readonly missing: readonly string[];
  /** Whether the run says which files there were. Those of earlier versions do not. */
  readonly areKnown: boolean;
}

/** A text of a crate. */
export interface PlacedFile {
  /** The name by which the run knows it. */
  readonly name: string;
  /** In the crate. */
  readonly path: string;
  readonly content: string;
}

/** Places the files of a run so that the pipeline files find each other. A journal may contain anything. */
export function sourceFilesOf({
  started,
  planned,
}: Pick<RunAccount, 'started' | 'planned'>): SourceFiles {
  const {text, sources} = planned?.facts ?? {};
  const named = sources?.path ?? (path.basename(started?.pipeline ?? '') || 'pipeline.yaml');
  const places = new Places();
  const missing: string[] = [];
  const placed = (file: KeptFile, place: string): readonly PlacedFile[] => {
    const isPlaced = file.text !== undefined && places.take(place);
    if (isPlaced) return [{name: file.path, path: place, content: file.text}];
    missing.push(file.path);
    return [];
  };
  const main = {path: named, ...(text !== undefined && {text})};
  const place = isPath(named) ? named : 'pipeline.yaml';
  const [pipeline] = placed(main, `pipeline/${place}`);
  return {
    ...(pipeline && {pipeline}),
    others: (sources?.others ?? []).flatMap((file) => placed(file, `pipeline/${file.path}`)),
    params: (sources?.params ?? []).flatMap((file, index) =>
      placed(file, paramsPlace(file, index)),
    ),
    set: sources?.set ?? [],
    missing,
    areKnown: sources !== undefined,
  };
}

/** A file of parameters may come from anywhere: its number tells it from others of its name. */
function paramsPlace({path: file}: KeptFile, index: number): string {
  const name = `${index + 1}-${path.basename(file)}`;
  return `params/${isPath(name) ? name : `${index + 1}.yaml`}`;
}

/** The paths of a crate that are taken. */
class Places {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** Takes a path, unless it leads out of the crate or a file is in its way. */
  take(file: string): boolean {
    const steps = file.split('/');
    const folders = steps.map((_, index) => steps.slice(0, index).join('/'));
    const isFree =
      !this.#files.has(file) &&
      !this.#folders.has(file) &&
      !folders.some((folder) => this.#files.has(folder));
    if (!isFree || !isPath(file)) return false;
    this.#files.add(file);
    for (const folder of folders) this.#folders.add(folder);
    return true;
  }
}

/** Whether a text is a path that leads downwards, and that file systems take. */
function isPath(file: string): boolean {
  return Buffer.byteLength(file) <= 1000 && file.split('/').every(isStep);
}

function isStep(step: string): boolean {
  const isName = step === path.basename(step) && !['', '.', '..'].includes(step);
  return isName && Buffer.byteLength(step) <= 255 && !step.includes('\0');
}

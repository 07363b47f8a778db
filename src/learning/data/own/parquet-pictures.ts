import type {TreeFile} from '../../../formats/archives/tree-file.ts';
import {CorruptFile} from '../../../formats/file-fault.ts';
import type {PictureLayout, PictureSplit} from '../pictures.ts';
import type {ParquetRows} from './parquet-rows.ts';

/** Rows with pictures in them, as if they were files. */
export interface ParquetPictures {
  readonly files: AsyncIterable<TreeFile>;
  readonly layout: PictureLayout;
  /** Classes in the order that the file gives them, numbers in theirs. To be called when all files were read. */
  readonly order: (classes: readonly string[]) => readonly string[];
}

/** @param wanted the classes that are wanted; absent: all */
export function parquetPictures(
  tables: AsyncIterable<ParquetRows>,
  wanted: readonly string[] | undefined,
): ParquetPictures {
  const placed = new Map<string, {readonly split: PictureSplit; readonly label: string}>();
  let titles: readonly string[] | undefined;
  async function* files(): AsyncGenerator<TreeFile> {
    for await (const {name, split, rows, titles: told} of tables) {
      titles ??= told;
      for (const {image, label} of rows) {
        const title = (typeof label === 'number' ? titles?.[label] : undefined) ?? String(label);
        // Of one length, since pictures of a class are ordered by their paths.
        const path = `row ${String(placed.size + 1).padStart(8, '0')}.png`;
        placed.set(path, {split, label: title});
        if (wanted !== undefined && !wanted.includes(title)) continue;
        if (!(image instanceof Uint8Array)) throw new CorruptFile(name, `${path} holds no picture`);
        yield {path, read: async () => image};
      }
    }
  }
  return {
    files: files(),
    layout: {
      splitOf: (path) => placed.get(path)?.split,
      classOf: (path) => placed.get(path)?.label,
    },
    order: (classes) => {
      if (titles !== undefined) return titles.filter((title) => classes.includes(title));
      const isNumeric = classes.every((name) => !Number.isNaN(Number(name)));
      return isNumeric ? classes.toSorted((a, b) => Number(a) - Number(b)) : classes;
    },
  };
}

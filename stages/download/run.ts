import {rm} from 'node:fs/promises';
import {StageError, StopRequested} from '../../src/contract/stage.ts';
import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {catalog} from '../../src/learning/data/catalog.ts';
import {loadDataset, sourceFiles} from '../../src/learning/data/load-dataset.ts';
import {obtain} from '../../src/learning/data/obtain.ts';
import {reportingFileFaults} from '../file-faults.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const output = context.output('dataset');
  const folder = `${output}.download`;
  try {
    await writeDataset(output, await download(context, folder));
  } catch (error) {
    if (context.stopping.aborted) throw new StopRequested();
    throw error;
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
});

async function download(
  context: StageContext<typeof contract>,
  folder: string,
): ReturnType<typeof loadDataset> {
  const entry = catalog.get(context.params.dataset);
  if (!entry) throw new StageError(`There is no data set called ${context.params.dataset}.`);
  const {source = entry.base} = context.params;
  const total = sourceFiles(entry).length;
  let done = 0;
  return loadDataset(entry, async (file) => {
    const path = await obtain(source, file, {
      folder,
      signal: context.stopping,
      onProgress: (bytes, totalBytes) => {
        const note = `${file.name} ${megabytes(bytes, totalBytes)}`;
        context.progress({done, total, unit: 'files', note});
      },
    });
    done += 1;
    context.progress({done, total, unit: 'files'});
    return path;
  });
}

function megabytes(bytes: number, totalBytes: number | undefined): string {
  const received = (bytes / 1e6).toFixed(0);
  return totalBytes ? `${received} of ${(totalBytes / 1e6).toFixed(0)} MB` : `${received} MB`;
}

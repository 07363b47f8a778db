import {setImmediate as nextTurn} from 'node:timers/promises';
import {StageError, StopRequested} from '../../src/contract/stage.ts';
import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import type {RawDataset} from '../../src/learning/data/dataset.ts';
import {setAside} from '../../src/learning/data/held-out.ts';
import type {LoadedDataset} from '../../src/learning/data/load-options.ts';
import {sourceDigest} from '../../src/learning/data/splits.ts';
import {UnavailableSource} from '../../src/fetch/download-file.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {heldOutSource} from '../shared/held-out-source.ts';
import type {contract} from './contract.ts';
import {knownDatasets, load, type KnownDatasets} from './load.ts';
import {Sources, type Wait} from './sources.ts';

export const run = downloadWith({});

/**
 * The stage's code.
 * @param world for tests: a wait between tries that takes no real time, and data sets other than the real ones
 */
export function downloadWith(world: {
  readonly wait?: Wait;
  readonly known?: KnownDatasets;
}): StageRun<typeof contract> {
  const {known = knownDatasets} = world;
  return reportingFileFaults(async (context) => {
    try {
      const sources = new Sources(context, world.wait);
      const loaded = await load(context, {sources, onPicture: watching(context), known});
      const dataset = identified(context, loaded);
      await writeDataset(context.output('dataset'), dataset);
      const count = dataset.train.count + dataset.test.count + (dataset.heldOut?.count ?? 0);
      context.progress({done: count, total: count, unit: 'images'});
    } catch (error) {
      if (context.stopping.aborted) throw new StopRequested();
      if (!(error instanceof UnavailableSource) || !error.isUnreachable) throw error;
      throw new StageError(`${error.message}\n${copyHint(context)}`, {cause: error});
    }
  });
}

/** What to do where there is no connection. */
function copyHint({params: {dataset}}: StageContext<typeof contract>): string {
  const copy =
    dataset === 'images'
      ? 'To use a copy, give its place: `source: file:///folder/file`.'
      : `To use a copy, put the files of ${dataset} into a folder and give its place: \`source: file:///folder\`, or the URL of a mirror.`;
  return `${copy} Where the pipeline has a parameter \`source\`: --set 'source=[file:///folder]'.`;
}

/** Pictures between two turns of the event loop. */
const turnEvery = 64;

/** Reports progress, sends messages, and stops when the run asks for it. */
function watching(context: StageContext): (count: number) => Promise<void> {
  return async (count) => {
    if (count % turnEvery !== 0) return;
    // The number of pictures is not known in advance.
    context.progress({done: 0, total: 1, unit: 'data sets', note: `${count} pictures`});
    await nextTurn();
    if (context.stopping.aborted) throw new StopRequested();
  };
}

/** Adds the identity of the data set. */
function identified(context: StageContext<typeof contract>, loaded: LoadedDataset): RawDataset {
  const {digest: expected, heldOut} = context.params;
  const digest = sourceDigest(loaded);
  context.log(`digest of images and labels: ${digest}`);
  context.provenance({digest});
  if (expected !== undefined && expected !== digest) {
    throw new StageError(
      `The images are not those that the pipeline wants: digest expected ${expected}, found ${digest}.`,
    );
  }
  return setAside({...loaded, source: heldOutSource(digest, heldOut)}, heldOut);
}

import {copyFile, constants} from 'node:fs/promises';
import {StageError, type StageRun} from '../../src/contract/stage.ts';
import {readSyntheticIteration} from '../../src/learning/codecs/synthetic.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const iterations: (number | undefined)[] = [];
  for (const path of inputs.snapshots) iterations.push(await readSyntheticIteration(path));
  const index = iterations.indexOf(params.iteration);
  if (index < 0) {
    const known = iterations.filter((iteration) => iteration !== undefined).join(', ');
    throw new StageError(
      `There is no snapshot of iteration ${params.iteration}; there are ${known || 'none'}. The parameter snapshots of distill says which are kept.`,
    );
  }
  const output = context.output('synthetic');
  await copyFile(inputs.snapshots[index]!, output, constants.COPYFILE_FICLONE);
});

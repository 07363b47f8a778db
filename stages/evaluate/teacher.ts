import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {openBuffers} from '../../src/learning/codecs/buffers.ts';
import {teacherPrefix, type TeacherLabels} from '../../src/learning/scores/scores.ts';
import type {TeacherNetworks} from '../../src/learning/training/taught-batches.ts';
import {chosenExperts, expertsText} from '../shared/chosen-experts.ts';
import {assertExpertsOf, classifyingNetwork} from '../shared/network.ts';
import {missingTeacher} from '../shared/protocols.ts';
import type {FloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';

/** A teacher, and the name of its labels in scores. */
export interface NamedTeacher {
  readonly networks: TeacherNetworks;
  readonly labels: TeacherLabels;
}

/** Reads the experts that label batches. @throws StageError if they do not fit the images or the parameters */
export async function teacherFrom(
  {inputs, params}: StageContext<typeof contract>,
  dataset: FloatDataset,
): Promise<NamedTeacher> {
  const {experts = 1, temperature = 1, ...asked} = params.teacher ?? {};
  if (inputs.buffers.length === 0) throw new StageError(missingTeacher);
  await using buffers = await openBuffers(inputs.buffers);
  assertExpertsOf(dataset, buffers.kind);
  const model = classifyingNetwork(buffers.kind, dataset);
  const chosen = chosenExperts({...asked, experts}, buffers);
  const thetas: Float32Array[] = [];
  for (let expert = 0; expert < chosen.experts; expert++) {
    thetas.push(await buffers.snapshot(expert, chosen.epoch));
  }
  const at = temperature === 1 ? '' : ` at temperature ${temperature}`;
  return {
    networks: {model, thetas, temperature},
    labels: `${teacherPrefix}${expertsText(chosen, buffers.kind.model)}${at}`,
  };
}

import {writeFile} from 'node:fs/promises';
import type {StageRun} from '../../src/contract/stage.ts';
import {openBuffers} from '../../src/learning/codecs/buffers.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {
  canBeMatched,
  chooseStepSize,
  rateStartEpochs,
  startBound,
} from '../../src/learning/distillation/probing/choices.ts';
import {
  bestRate,
  firstRate,
  hasFallen,
  nextRate,
} from '../../src/learning/distillation/probing/rate-search.ts';
import {normOf} from '../../src/learning/distillation/probing/student-reach.ts';
import {stageEngine} from '../shared/engine.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {reportSharing} from '../shared/sharing.ts';
import {readFloatDataset} from '../shared/transformed-dataset.ts';
import {concludeFrom, lossBefore, type Conclusion} from './conclusion.ts';
import type {contract} from './contract.ts';
import {attemptColumns, restoreFindings, type Findings} from './findings.ts';
import {planOf, type ProbeContext} from './plan.ts';
import {Probe} from './probe.ts';
import {parametersOf, reportOf} from './report.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!, inputs.transform[0]);
  await using buffers = await openBuffers(inputs.buffers);
  const plan = planOf(context, dataset, buffers);
  const saved = await context.checkpoint.latest();
  const findings = restoreFindings(saved);
  const engine = await stageEngine(context);
  const {model, batch} = plan.options;
  reportSharing(context, engine, {model, images: batch});
  using probe = new Probe(engine, context, plan, findings);
  await probe.measureSegments();
  const {attempts, tries} = findings;
  const stepSize = chooseStepSize(attempts);
  const maxStartEpoch = startBound(rateStartEpochs(attempts, stepSize), canBeMatched);
  const chosen = {stepSize, maxStartEpoch};
  const gradientNorm = await probe.gradientNorm(chosen);
  const before = lossBefore(attempts, chosen);
  const first = firstRate(params.relativeUpdate, normOf(plan.images), gradientNorm);
  let within = saved;
  for (
    let rate = tries.length === 0 ? first : nextRate(tries, before);
    rate !== undefined;
    rate = nextRate(tries, before)
  ) {
    await probe.tryRate(rate, chosen, within);
    within = undefined;
  }
  const conclusion = concludeFrom(findings, {...chosen, before, gradientNorm}, plan.segments);
  const report = reportOf(params, conclusion, findings);
  for (const line of report.split('\n')) context.log(line);
  warnOfFailure(context, conclusion, findings);
  await writeFile(context.output('report'), report);
  await writeResults(context, conclusion, findings);
});

/** Warns of what was not found. */
function warnOfFailure(context: ProbeContext, conclusion: Conclusion, findings: Findings): void {
  const {before, maxStartEpoch, starts} = conclusion;
  if (!hasFallen(bestRate(findings.tries).loss, before)) {
    context.warn(
      `No pixelRate that was tried made the loss fall by 1 % in ${context.params.iterations} iterations: the best of them was taken. More iterations may help, or another relativeUpdate.`,
    );
  } else if (maxStartEpoch === 1 && !(starts[0]!.after! < 1)) {
    context.warn(
      `Even students from epoch 0 on did not come nearer to their experts within ${context.params.iterations} iterations. More iterations may help, or more steps or images per class.`,
    );
  }
}

async function writeResults(
  context: ProbeContext,
  conclusion: Conclusion,
  findings: Findings,
): Promise<void> {
  const {attempts, tries} = findings;
  const parameters = parametersOf(context.params, conclusion);
  await writeFile(context.output('parameters'), `${JSON.stringify(parameters, null, 2)}\n`);
  await writeTable(
    context.output('losses'),
    Object.fromEntries(
      attemptColumns.map((name) => [name, Float64Array.from(attempts, (row) => row[name])]),
    ),
  );
  await writeTable(context.output('rates'), {
    pixelRate: Float64Array.from(tries, ({pixelRate}) => pixelRate),
    loss: Float64Array.from(tries, ({loss}) => loss),
  });
}

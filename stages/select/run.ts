import {writeFile} from 'node:fs/promises';
import {digestFile} from '../../src/base/digest.ts';
import {StageError, type StageContext, type StageRun} from '../../src/contract/stage.ts';
import {readScores, writeScores} from '../../src/learning/codecs/scores.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTransform, transformDigest} from '../../src/learning/codecs/transform.ts';
import {scoreCells, type ScoreCell} from '../../src/learning/scores/score-cells.ts';
import type {Score} from '../../src/learning/scores/scores.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import type {contract} from './contract.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const candidates = await readCandidates(context);
  const model = params.model ?? onlyModel(candidates);
  const ranked = candidates
    .map((candidate) => ({candidate, cell: cellOf(candidate, model, params.split)}))
    .filter((entry): entry is Ranked => entry.cell !== undefined)
    .sort((a, b) => a.candidate.iteration - b.candidate.iteration);
  if (ranked.length === 0) {
    throw new StageError(
      `None of the scores is of ${model} on ${params.split} images: evaluate must have split: ${params.split}.`,
    );
  }
  const best = ranked.reduce((a, b) => (b.cell.mean > a.cell.mean ? b : a));
  const choice = {
    by: {split: params.split, model},
    iteration: best.candidate.iteration,
    ...numbersOf(best.cell),
    snapshots: ranked.map(({candidate: {iteration}, cell}) => ({iteration, ...numbersOf(cell)})),
  };
  context.log(
    `iteration ${choice.iteration} is best: ${model} has ${(100 * choice.mean).toFixed(2)} % on ${params.split} images`,
  );
  await writeFile(context.output('choice'), `${JSON.stringify(choice, undefined, 2)}\n`);
  const {snapshots: _, ...why} = choice;
  const selected = JSON.stringify(why);
  await writeScores(context.output('scores'), best.candidate.scores, {selected});
  await writeSelected(context.output('synthetic'), {
    snapshot: best.candidate.path,
    transform: inputs.transform[0],
    selected,
  });
});

/** A snapshot and all of its scores. */
interface Candidate {
  readonly path: string;
  readonly iteration: number;
  readonly scores: readonly Score[];
}

interface Ranked {
  readonly candidate: Candidate;
  readonly cell: ScoreCell;
}

async function readCandidates({inputs}: Context): Promise<readonly Candidate[]> {
  const bySnapshot = new Map<string, Score[]>();
  const paths = new Map<string, string>();
  for (const path of inputs.snapshots) paths.set(await digestFile(path), path);
  for (const path of inputs.scores) {
    const {scores, metadata} = await readScores(path);
    const digest = metadata['synthetic_sha256'];
    if (digest === undefined || !paths.has(digest)) {
      const [first] = scores;
      const of = first === undefined ? 'are' : `of ${first.set} are`;
      throw new StageError(`${path}: its scores ${of} of a set that is not among snapshots.`);
    }
    bySnapshot.set(digest, [...(bySnapshot.get(digest) ?? []), ...scores]);
  }
  return Array.from(bySnapshot, ([digest, scores]) => {
    const iteration = scores[0]?.iteration;
    if (iteration === undefined) {
      throw new StageError(
        `${paths.get(digest)!}: it is no snapshot of a distillation, since its scores have no iteration.`,
      );
    }
    return {path: paths.get(digest)!, iteration, scores};
  });
}

function onlyModel(candidates: readonly Candidate[]): string {
  const models = new Set(candidates.flatMap(({scores}) => scores.map(({model}) => model)));
  const [first] = models;
  if (models.size === 1) return first!;
  throw new StageError(
    `The scores are of several networks: model must name the one to pick by, one of ${[...models].join(', ')}.`,
  );
}

function cellOf({scores}: Candidate, model: string, split: Score['split']): ScoreCell | undefined {
  const cells = scoreCells(
    scores.filter((score) => score.model === model && score.split === split),
  );
  if (cells.length < 2) return cells[0];
  throw new StageError('Several evaluations of one snapshot differ in set or dataset.');
}

function numbersOf({
  mean,
  deviation,
  trials,
}: ScoreCell): Pick<ScoreCell, 'mean' | 'deviation' | 'trials'> {
  return {mean, deviation, trials};
}

async function writeSelected(
  path: string,
  of: {
    readonly snapshot: string;
    readonly transform: string | undefined;
    readonly selected: string;
  },
): Promise<void> {
  const set = await readSynthetic(of.snapshot);
  const {transform} = of.transform === undefined ? {} : await readTransform(of.transform);
  if (transform !== undefined && transformDigest(transform) !== set.transformDigest) {
    throw new StageError(
      'The transform is not that of the snapshots: both must come from the same zca stage.',
    );
  }
  await writeSynthetic(path, {
    ...set,
    ...(transform === undefined ? {} : {transform}),
    provenance: {...set.provenance, selected: of.selected},
  });
}

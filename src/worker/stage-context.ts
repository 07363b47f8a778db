import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {exists} from '../base/exists.ts';
import {InternalError} from '../base/internal-error.ts';
import type {JsonObject} from '../base/json.ts';
import type {Progress, StageContext} from '../contract/stage.ts';
import {blobPath, keptFolder, type Store} from '../store/layout.ts';
import type {Draft} from '../store/artifacts/publish.ts';
import type {Work} from '../store/claims/work.ts';
import type {AttemptCheckpoint} from './attempt-checkpoint.ts';
import {namingInputs} from './input-names.ts';
import {inputsWith, type LowerResult} from './lower-result.ts';
import type {Job} from './protocol.ts';
import type {WorkerWorld} from './worker-world.ts';

/** A stage's context, and what the stage left in it. */
export interface StageWorld {
  readonly context: StageContext;
  /** The files that it has written, by output. An output without any has the path where one was expected. */
  readonly drafts: () => Promise<Readonly<Record<string, Draft>>>;
  /** Its additions to the provenance. */
  readonly facts: () => JsonObject;
}

/** Minimum interval between two progress messages; the newest progress is sent at the end of the interval. */
const progressIntervalMs = 500;

/** Builds the context of a stage. */
export function createStageContext(setup: {
  readonly job: Job;
  readonly store: Store;
  readonly work: Work;
  readonly checkpoint: AttemptCheckpoint;
  readonly world: WorkerWorld;
  /** What the stage can go on from. */
  readonly lower: LowerResult | undefined;
}): StageWorld {
  const {job, store, work, checkpoint, world, lower} = setup;
  const facts: Record<string, JsonObject[string]> = {};
  const inputs = Object.entries(job.fingerprint.inputs).map(
    ([port, digests]) => [port, digests.map((digest) => blobPath(store, digest))] as const,
  );
  const context: StageContext = {
    // The head validated them by the contract from which the stage's own type is derived.
    params: job.fingerprint.params,
    inputs: inputsWith(Object.fromEntries(inputs), lower, {
      told: facts,
      onTaken: () => (checkpoint.goesOnFrom = lower?.key),
      onOther: () =>
        world.log('The stored result to go on from is of another engine: it begins anew.'),
    }),
    output: (port, index = 0) => outputPath(job, work, port, index),
    checkpoint,
    keptFolder: async () => {
      const folder = keptFolder(store, job.key);
      await mkdir(folder, {recursive: true});
      return folder;
    },
    engine: job.engine,
    stopping: world.stopping,
    progress: throttled((progress) => world.send({kind: 'progress', progress})),
    log: (line) => world.log(namingInputs(line, job)),
    warn: (given) => {
      const sentence = namingInputs(given, job);
      world.log(sentence);
      world.send({kind: 'warned', sentence});
    },
    provenance: (added) => void Object.assign(facts, added),
  };
  const allFacts = (): JsonObject => {
    const {goesOnFrom} = checkpoint;
    return goesOnFrom === undefined ? facts : {...facts, goesOnFrom};
  };
  return {context, drafts: () => findDrafts(job, work), facts: allFacts};
}

function outputPath(job: Job, work: Work, port: string, index: number): string {
  const output = job.outputs[port];
  if (output === undefined) {
    throw new InternalError(`${job.fingerprint.type} declares no output ${port}.`);
  }
  if (index > 0 && !output.many) {
    throw new InternalError(`The output ${port} of ${job.fingerprint.type} is a single file.`);
  }
  return path.join(work.out, `${port}-${index}.${output.media.extension}`);
}

async function findDrafts(job: Job, work: Work): Promise<Readonly<Record<string, Draft>>> {
  const drafts: Record<string, Draft> = {};
  for (const [port, {media, many}] of Object.entries(job.outputs)) {
    const files = [outputPath(job, work, port, 0)];
    if (many) files.push(...(await furtherFiles((index) => outputPath(job, work, port, index))));
    drafts[port] = {media, files};
  }
  return drafts;
}

/** The files numbered 1, 2, … up to the first that is missing. */
async function furtherFiles(pathAt: (index: number) => string): Promise<readonly string[]> {
  const files: string[] = [];
  for (let index = 1; await exists(pathAt(index)); index++) files.push(pathAt(index));
  return files;
}

function throttled(send: (progress: Progress) => void): (progress: Progress) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < progressIntervalMs && progress.done < progress.total) return;
    lastMs = nowMs;
    send(progress);
  };
}

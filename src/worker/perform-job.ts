import {existsSync} from 'node:fs';
import {isErrno, isSystemError} from '../base/errno.ts';
import {mapConcurrently} from '../base/map-concurrently.ts';
import {sourceStack} from '../base/source-stack.ts';
import {isStoreFault, storeFaultText} from '../store/store-fault.ts';
import type {Digest} from '../base/digest.ts';
import {isPathLook} from '../contract/command.ts';
import type {Contract} from '../contract/contract.ts';
import {StageError, StopRequested, type StageRun} from '../contract/stage.ts';
import {loadPluggedType} from '../plugins/load-plugged-type.ts';
import {latestCheckpoint, removeCheckpoints} from '../store/checkpoints.ts';
import {findRecord} from '../store/records/find-record.ts';
import type {OutputForms} from '../store/records/record.ts';
import {blobPath, type Store} from '../store/layout.ts';
import {claimKey} from '../store/claims/claim-key.ts';
import {releaseLease} from '../store/claims/lease.ts';
import {processIdentity, type ProcessIdentity} from '../store/claims/process-identity.ts';
import {publish} from '../store/artifacts/publish.ts';
import {verifyArtifact} from '../store/artifacts/verify-artifact.ts';
import {createWork, removeWork, type Work} from '../store/claims/work.ts';
import {NeverEnds} from './attend.ts';
import {AttemptCheckpoint} from './attempt-checkpoint.ts';
import {namingInputs} from './input-names.ts';
import {findLowerResult} from './lower-result.ts';
import {ProgramFailure} from './program-failure.ts';
import {runProgram} from './run-program.ts';
import {takeInFile} from './take-in-file.ts';
import {createStageContext, type StageWorld} from './stage-context.ts';
import type {FailureCause, Job, Outcome} from './protocol.ts';
import type {WorkerWorld} from './worker-world.ts';

/** Does a job from the lease to the published record. Every end is an outcome; it never rejects. */
export async function performJob(job: Job, world: WorkerWorld): Promise<Outcome> {
  const store: Store = {root: job.store};
  const identity = identityOf(job, world);
  const {failpoint} = world;
  let isStored = false;
  try {
    try {
      const claimed = await claimKey(
        store,
        job.key,
        {...identity, attempt: job.attempt},
        {
          outputs: formsOf(job),
          isForced: job.force === true,
          onStep: (step) => failpoint(`lease-${step}`),
        },
      );
      if (claimed.kind === 'held') return {kind: 'busy', by: claimed.by};
      if (claimed.kind === 'stored') return {kind: 'hit', record: claimed.record};
      const outcome = await performHolding(job, store, world);
      isStored = outcome.kind === 'published';
      return outcome;
    } finally {
      try {
        await removeWork(store, job.attempt);
        failpoint('work-removed');
      } finally {
        const isKept = job.keepsLease === true && world.hasHead();
        if (!isKept) await releaseLease(store, job.key, job.attempt, isStored);
        failpoint('lease-released');
      }
    }
  } catch (error) {
    if (!isSystemError(error)) return {kind: 'failed', cause: stageFailure(error, {job, store})};
    return {
      kind: 'failed',
      cause: {kind: 'store-error', message: storeFaultText(store, error.message)},
    };
  }
}

async function performHolding(job: Job, store: Store, world: WorkerWorld): Promise<Outcome> {
  const inputs = [...new Set(Object.values(job.fingerprint.inputs).flat())];
  const held = job.goesOn === undefined ? inputs : [...inputs, job.goesOn.digest];
  const owner = {...identityOf(job, world), key: job.key, inputs: held};
  // From here on its inputs are protected from a clean-up.
  const work = await createWork(store, job.attempt, owner, () => world.failpoint('work-aside'));
  world.failpoint('work-made');
  const damaged = await findDamagedInput(inputs, store);
  if (damaged !== undefined) return {kind: 'input-damaged', digest: damaged};
  world.failpoint('inputs-read');
  const startedAt = new Date();
  // Checkpoints older than a stored result would only lead to that result again.
  const found = findRecord(store, job.key, formsOf(job));
  const finishedMs = found.kind === 'hit' ? Date.parse(found.record.finishedAt) : undefined;
  const saved = await latestCheckpoint(store, job.key, finishedMs);
  const checkpoint = new AttemptCheckpoint({job, store, saved, world});
  const lower = saved === undefined ? await findLowerResult(job, store, world) : undefined;
  const given = {job, store, work, checkpoint, world, lower};
  const {context, drafts, facts} = createStageContext(given);
  const ended = await runStage({job, store, work, inputs}, context, world);
  if (ended !== undefined) return ended;
  world.failpoint('stage-ended');
  const published = await publish({
    store,
    fingerprint: job.fingerprint,
    drafts: await drafts(),
    provenance: {
      key: job.key,
      type: job.fingerprint.type,
      attempt: job.attempt,
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      durationMs: checkpoint.durationMs(),
      host: identityOf(job, world).host,
      node: world.nodeVersion,
      provenance: facts(),
    },
    failpoint: world.failpoint,
    ...(job.locked && {locked: job.locked}),
    replace: job.force === true,
  });
  if (published.kind === 'bad-output') {
    return {kind: 'failed', cause: {kind: 'bad-output', message: published.message}};
  }
  await removeCheckpoints(store, job.key, () => world.failpoint('checkpoints-aside'));
  world.failpoint('checkpoints-removed');
  return published;
}

function identityOf({member}: Job, {pid}: WorkerWorld): ProcessIdentity {
  return processIdentity(pid, member.head.member);
}

/** Runs the stage's code. `undefined`: it finished. */
async function runStage(
  attempt: Attempt,
  context: StageWorld['context'],
  world: WorkerWorld,
): Promise<Outcome | undefined> {
  try {
    await world.attend(async () => {
      const run = await loadRun(attempt, world);
      await run(context);
    });
    return undefined;
  } catch (error) {
    if (error instanceof StopRequested) return {kind: 'suspended'};
    // A stage without a checkpoint may answer the signal by aborting a wait.
    if (world.stopping.aborted && error === world.stopping.reason) return {kind: 'suspended'};
    const gone = isErrno(error, 'ENOENT') ? findGoneInput(attempt) : undefined;
    if (gone !== undefined) return {kind: 'input-damaged', digest: gone};
    return {kind: 'failed', cause: stageFailure(error, attempt)};
  } finally {
    await world.endRest(attempt.job.attempt);
  }
}

/** The outputs that a stored result must have. */
function formsOf({outputs}: Job): OutputForms {
  const forms = Object.entries(outputs).map(
    ([port, {media, many}]) => [port, {media: media.name, many}] as const,
  );
  return Object.fromEntries(forms);
}

interface Attempt {
  readonly job: Job;
  readonly store: Store;
  readonly work: Work;
  readonly inputs: readonly Digest[];
}

/** The code of a job: its stage type's, or built-in code for programs and files. */
async function loadRun(
  {job, store, work}: Attempt,
  world: WorkerWorld,
): Promise<StageRun<Contract>> {
  const {type} = job.fingerprint;
  if (job.variables !== undefined) return runProgram(job, store, work, world);
  if (job.file !== undefined) return takeInFile(job.file);
  const {plugin} = job;
  const stageType = plugin ? await loadPluggedType(plugin, type) : world.registry.get(type);
  if (stageType === undefined) throw new Error(`No stage type ${type}.`);
  return whilePathsStay(job, await stageType.load());
}

/** A stage's code, whose result counts only if the files and folders that it reads are those of the key. */
function whilePathsStay({fingerprint}: Job, run: StageRun<Contract>): StageRun<Contract> {
  const reads = Object.entries(fingerprint.environment).flatMap(([path, known]) =>
    isPathLook(known) ? [{path, known}] : [],
  );
  if (reads.length === 0) return run;
  return async (context) => {
    await run(context);
    // Few stages read files by a path.
    const {lookAtPath, TooManyEntries} = await import('../base/look-at-path.ts');
    for (const {path, known} of reads) {
      const now = await lookAtPath(path).catch((error: unknown) => {
        if (error instanceof TooManyEntries) return undefined;
        throw error;
      });
      if (now?.look === known.look) continue;
      throw new StageError(
        `${path} was changed after the run had begun. Run again to use it as it is now.`,
      );
    }
  };
}

function stageFailure(error: unknown, {job, store}: Pick<Attempt, 'job' | 'store'>): FailureCause {
  if (error instanceof ProgramFailure) {
    // A program cannot report a full disk: its log is on the same disk.
    const message = storeFaultText(store, '').trim();
    return message === '' ? error.failure : {kind: 'store-error', message};
  }
  if (error instanceof NeverEnds) return {kind: 'never-ends'};
  const message = namingInputs(messageOf(error), job);
  // By name: the runner does not know the engines.
  const name = error instanceof Error ? error.name : '';
  if (name === 'CapacityError') return {kind: 'out-of-memory', of: 'device', message};
  if (name === 'DeviceLostError') return {kind: 'device-lost', message};
  if (error instanceof StageError) return {kind: 'stage-error', message};
  if (isStoreFault(error)) {
    return {kind: 'store-error', message: storeFaultText(store, error.message)};
  }
  const stack = namingInputs(sourceStack(error), job);
  return {kind: 'crash', message, stack, ...(name === 'ShaderError' && {isCertain: true})};
}

/** An input that was removed since it was read. */
function findGoneInput({store, inputs}: Attempt): Digest | undefined {
  return inputs.find((digest) => !existsSync(blobPath(store, digest)));
}

async function findDamagedInput(
  digests: readonly Digest[],
  store: Store,
): Promise<Digest | undefined> {
  const states = await mapConcurrently(digests, (digest) => verifyArtifact(store, digest));
  return digests.find((_, index) => states[index] !== 'whole');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

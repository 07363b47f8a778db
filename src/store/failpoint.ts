/** The steps of making a file that becomes visible only when it is complete. */
const wholeSteps = [
  'made',
  'written',
  'synced',
  'folder',
  'linked',
  'folder-synced',
  'cleared',
] as const;
/** The steps of replacing a note, which need not survive a power cut. */
const noteSteps = ['written', 'renamed'] as const;
/** The steps of replacing a file for good. */
const replaceSteps = ['made', 'written', 'synced', 'renamed', 'folder-synced'] as const;

export type WholeStep = (typeof wholeSteps)[number];
export type NoteStep = (typeof noteSteps)[number];
export type ReplaceStep = (typeof replaceSteps)[number];
export type BlobStep = (typeof blobSteps)[number];
export type CheckpointStep = (typeof checkpointSteps)[number];

const checkpointSteps = [
  'folder',
  'file-written',
  'file-linked',
  'manifest-written',
  'folder-synced',
  'key-folder',
  'moved',
  'move-synced',
  'older-aside',
  'older-removed',
] as const;

const blobSteps = [
  'read-only',
  'stamped',
  'synced',
  'digested',
  'folder',
  'linked',
  'folder-synced',
  // If the bytes are stored already:
  'held',
  'compared',
  'held-stamped',
  // If those are damaged:
  'let-go',
  'set-aside',
] as const;

const after = <S extends string, T extends string>(
  name: S,
  steps: readonly T[],
): readonly `${S}-${T}`[] => steps.map((step) => `${name}-${step}` as const);

/**
 * The moments between two steps of an attempt that touch the store, in order; each is named after the step before it. A
 * process that ends at one of them, or an error in a later step, must do no harm. Tests do both at each of them.
 */
export const failpoints = [
  ...after('lease', noteSteps),
  'work-aside',
  'work-made',
  'inputs-read',
  ...after('checkpoint', checkpointSteps),
  'stage-ended',
  'outputs-checked',
  ...after('blob', blobSteps),
  ...after('fingerprint', wholeSteps),
  'fingerprint-renewed',
  ...after('record', wholeSteps),
  ...after('replacement', replaceSteps),
  'blob-restored',
  'checkpoints-aside',
  'checkpoints-removed',
  'work-removed',
  'lease-released',
] as const;

export type Failpoint = (typeof failpoints)[number];

/** Called at each of the moments; does nothing outside tests. */
export type FailpointHook = (reached: Failpoint) => void;

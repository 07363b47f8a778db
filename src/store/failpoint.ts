/** The steps of making a file that is visible only once it is whole. */
const wholeSteps = [
  'made',
  'written',
  'synced',
  'folder',
  'linked',
  'folder-synced',
  'cleared',
] as const;
/** The steps of replacing one. */
const replaceSteps = ['made', 'written', 'synced', 'renamed', 'folder-synced'] as const;

export type WholeStep = (typeof wholeSteps)[number];
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
  // Where the bytes were there already:
  'held',
  'compared',
  'held-stamped',
  // Where those were damaged:
  'let-go',
  'set-aside',
] as const;

const after = <S extends string, T extends string>(
  name: S,
  steps: readonly T[],
): readonly `${S}-${T}`[] => steps.map((step) => `${name}-${step}` as const);

/**
 * The moments between two steps of an attempt that touch the store, in order: each is named after the step before. A
 * process that ends at any of them, or a step after it that fails, must do no harm. Tests do both at each.
 */
export const failpoints = [
  ...after('lease', wholeSteps),
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

/** Called when one of the moments is reached; does nothing outside tests. */
export type FailpointHook = (reached: Failpoint) => void;

import type {Digest} from '../base/digest.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {StageRecord} from '../store/records/record.ts';
import type {RunAccount} from './run-account.ts';

/** A result, and the run and instance through which it was found. */
export interface FoundResult {
  readonly kind: 'result';
  readonly record: StageRecord;
  /** Absent: it was given by its key, and no kept run made it. */
  readonly instance?: InstanceId;
  readonly run?: string;
}

/** A file to look into. */
export interface FoundFile {
  readonly kind: 'file';
  /** Its name for display. */
  readonly name: string;
  readonly path: string;
  /** Absent: the file is not in the store. */
  readonly digest?: Digest;
  /** Absent: the media is not known. */
  readonly media?: string;
}

/** The meaning of a text on a command line. */
export type Found =
  | FoundResult
  | FoundFile
  | {readonly kind: 'run'; readonly run: RunAccount}
  /** Nothing, or several things. The message is a sentence for the user. */
  | {
      readonly kind: 'unknown';
      readonly message: string;
      /** All artifacts of the named output, if one of them had to be chosen. */
      readonly files?: readonly FoundFile[];
    };

/** Says that a text means nothing, or several things. */
export function unknown(message: string): Extract<Found, {kind: 'unknown'}> {
  return {kind: 'unknown', message};
}

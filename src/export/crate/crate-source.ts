import type {Digest} from '../../base/digest.ts';
import type {Media} from '../../contract/media.ts';
import type {RunEvent} from '../../journal/event.ts';
import type {RunAccount} from '../../journal/run-account.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {Store} from '../../store/layout.ts';
import type {Fingerprint} from '../../store/records/fingerprint.ts';
import type {StageRecord} from '../../store/records/record.ts';
import type {FailureCause} from '../../worker/protocol.ts';
import type {Citation} from './citation.ts';

/** A run that has ended, and what is to be told with it. */
export interface CrateSource {
  readonly account: RunAccount;
  readonly planned: NonNullable<RunAccount['planned']>;
  readonly events: readonly RunEvent[];
  /** The results of the run's instances, whichever run made them. */
  readonly results: readonly InstanceResult[];
  /** The artifacts to put into the crate, by their file names. Their bytes were compared with their digests. */
  readonly files: ReadonlyMap<string, Digest>;
  readonly store: Store;
  readonly media: Media;
  /** What this program's stage types do, by their names. */
  readonly summaries: ReadonlyMap<string, string>;
  readonly citation: Citation;
  /** As in `licenseOf`. */
  readonly license?: string;
  /** As in `personOf`. */
  readonly authors: readonly string[];
  /** The cause of a failure as a sentence. */
  readonly describeCause: (cause: FailureCause) => string;
}

/** The result of an instance, with what it was made of. */
export interface InstanceResult {
  readonly instance: InstanceId;
  readonly record: StageRecord;
  /** Absent: it is gone or damaged. */
  readonly fingerprint?: Fingerprint;
}

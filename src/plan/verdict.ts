import type {Digest} from '../base/digest.ts';
import type {PinnedEngine} from '../base/engines.ts';
import type {Json} from '../base/json.ts';
import type {Surrounding} from '../contract/command.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Key, StageRecord} from '../store/records/record.ts';

/** A reason why an instance has to run, or may have to; and, as the last one, what it goes on from. */
export type Reason =
  | {readonly kind: 'never-run'}
  | {readonly kind: 'version-changed'; readonly was: number; readonly now: number}
  /** The code of this plugin, or its package's version. */
  | {readonly kind: 'code-changed'; readonly of: string}
  | {
      readonly kind: 'param-changed';
      readonly pointer: string;
      readonly was?: Json;
      readonly now?: Json;
    }
  | {readonly kind: 'input-changed'; readonly port: string}
  /**
   * A declared variable changed, or a file or folder that the code reads. A side is absent if it was not, or is no longer,
   * declared.
   */
  | {
      readonly kind: 'environment-changed';
      readonly name: string;
      readonly was?: Surrounding;
      readonly now?: Surrounding;
    }
  /** The engine that the pipeline's `numerics` pins. A side is absent if it pins none. */
  | {readonly kind: 'engine-changed'; readonly was?: PinnedEngine; readonly now?: PinnedEngine}
  /** A user's file with bytes that the store does not have. */
  | {readonly kind: 'file-new'}
  /** It ran before, but its record was never finished or is gone. */
  | {readonly kind: 'record-missing'}
  /** Its record file exists, but is not a valid record. */
  | {readonly kind: 'record-corrupt'}
  | {readonly kind: 'artifact-missing'; readonly output: string; readonly digest: string}
  | {readonly kind: 'artifact-damaged'; readonly output: string; readonly digest: string}
  /** The user forced it, whether it is stored or not. */
  | {readonly kind: 'forced'}
  | {readonly kind: 'upstream'; readonly instances: readonly InstanceId[]}
  /**
   * It goes on from a stored result that differs only in this parameter, which is `from` there: the key of that result,
   * and the digest of what it takes of it.
   */
  | {
      readonly kind: 'goes-on';
      readonly by: string;
      readonly from: number;
      readonly key: Key;
      readonly digest: Digest;
    }
  /** It goes on from the result of this instance, which will be made first; only in plans. */
  | {
      readonly kind: 'goes-on-after';
      readonly by: string;
      readonly from: number;
      readonly instance: InstanceId;
    };

/**
 * `hit`: the result is stored, here or in a remote cache. `run`: no stored result can be its, so it will run. `maybe`: an upstream will run first, and may give the
 * same bytes as for a stored result.
 */
export type Verdict =
  | {
      readonly kind: 'hit';
      readonly key: Key;
      readonly record: StageRecord;
      /** It was found in a remote cache. */
      readonly isElsewhere?: true;
    }
  /** There is no key yet if an upstream will run first. */
  | {readonly kind: 'run'; readonly key?: Key; readonly reasons: readonly Reason[]}
  | {readonly kind: 'maybe'; readonly reasons: readonly Reason[]};

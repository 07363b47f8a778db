import type {JsonObject} from '../base/json.ts';

/**
 * The known facts of a result before it is made, such as `{side: 28, classes: 10}`: plain data, whose words the stage types
 * that pass it on have agreed on. A fact that is absent is unknown.
 */
export type Facts = JsonObject;

/** An artifact that flows in, as far as it is known before anything runs. */
export interface KnownInput {
  /** The instance that makes it, such as `expert[seed=3]`; of a file of the user's, its path. */
  readonly instance: string;
  /** Its stage type; `run` for a program, `file` for a file of the user's. */
  readonly type: string;
  readonly params: JsonObject;
  readonly facts: Facts;
}

/** What flows in, by port, in order; a port that was left out has an empty list. */
export type KnownInputs = Readonly<Record<string, readonly KnownInput[]>>;

/** Something that cannot work, or not as it says, and the parameter or the input to which it is shown. */
export type Fault = {
  /** A whole sentence: what was expected and what was found. */
  readonly message: string;
  /** What was probably meant, as the user would write it. */
  readonly suggestion?: string;
  /** Set if it works, but not as it says. */
  readonly severity?: 'warning';
} & (
  | {
      /** A parameter, or something within it: `sampling.maxFiles`. */
      readonly param: string;
    }
  | {readonly input: string}
);

/** A file cannot be used as it is. The message names the file and is meant for the user. */
export abstract class FileFault extends Error {
  readonly file: string;
  /** What is wrong with it, without its name. */
  readonly sentence: string;

  constructor(file: string, sentence: string, options?: ErrorOptions) {
    super(`${file}: ${sentence}`, options);
    this.file = file;
    this.sentence = sentence;
  }
}

/** The file is not what its format demands: cut short, damaged, or not of that format at all. */
export class CorruptFile extends FileFault {
  override readonly name = 'CorruptFile';
}

/** The file may be sound, but what it holds is not read here, as the sentence says. */
export class UnsupportedFile extends FileFault {
  override readonly name = 'UnsupportedFile';
}

/** The file is sound but does not go together with another: `field` is where they differ. */
export class IncompatibleFile extends FileFault {
  override readonly name = 'IncompatibleFile';
  readonly field: string;

  constructor(file: string, field: string, found: {expected: string; got: string}) {
    super(file, `${field} must be ${found.expected} to go with the rest, got ${found.got}`);
    this.field = field;
  }
}

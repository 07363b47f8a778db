/** A file cannot be used. The message names the file and is written for the user. */
export abstract class FileFault extends Error {
  readonly file: string;
  /** The fault, without the file's name. */
  readonly sentence: string;

  constructor(file: string, sentence: string, options?: ErrorOptions) {
    super(`${file}: ${sentence}`, options);
    this.file = file;
    this.sentence = sentence;
  }
}

/** The file violates its format: it is cut short, damaged, or in another format. */
export class CorruptFile extends FileFault {
  override readonly name = 'CorruptFile';
}

/** The file may be sound, but uses something that this reader does not support; the sentence says what. */
export class UnsupportedFile extends FileFault {
  override readonly name = 'UnsupportedFile';
}

/** The file is sound but does not fit another one, `found.with`: `field` is where they differ. */
export class IncompatibleFile extends FileFault {
  override readonly name = 'IncompatibleFile';
  readonly field: string;

  constructor(file: string, field: string, found: {expected: string; got: string; with?: string}) {
    const other = found.with ?? 'the rest';
    super(file, `${field} must be ${found.expected} to go with ${other}, got ${found.got}`);
    this.field = field;
  }
}

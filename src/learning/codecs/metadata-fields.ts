import type {ImageShape} from '../data/dataset.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import type {Metadata} from '../../formats/safetensors/safetensors-header.ts';

/** Reads the fields of a file's metadata. A missing or malformed field is a `CorruptFile` that names it. */
export class MetadataFields {
  readonly #metadata: ReadonlyMap<string, string>;
  readonly #file: string;

  /** @param file the file's name in errors */
  constructor(metadata: Metadata, file: string) {
    this.#metadata = new Map(Object.entries(metadata));
    this.#file = file;
  }

  has(name: string): boolean {
    return this.#metadata.has(name);
  }

  text(name: string): string {
    const text = this.#metadata.get(name);
    if (text === undefined) throw new CorruptFile(this.#file, `its metadata has no ${name}`);
    return text;
  }

  /** A finite number. */
  number(name: string): number {
    const text = this.text(name);
    const value = Number(text);
    return text.trim() !== '' && Number.isFinite(value) ? value : this.#malformed(name, 'a number');
  }

  /** A whole number ≥ 0. */
  count(name: string): number {
    const value = Number(this.text(name));
    return isCount(value) ? value : this.#malformed(name, 'a whole number ≥ 0');
  }

  /** A JSON list of texts. */
  texts(name: string): readonly string[] {
    return this.json(name, isTexts, 'a list of texts');
  }

  /** `[height, width, channels]`. */
  imageShape(name: string): ImageShape {
    const expected = '[height, width, channels]';
    const [height, width, channels] = this.json(name, isExtents, expected);
    return {height, width, channels};
  }

  /** A JSON value that `is` accepts; `expected` describes it in errors. */
  json<T>(name: string, is: (value: unknown) => value is T, expected: string): T {
    const value = parseJson(this.text(name));
    return is(value) ? value : this.#malformed(name, expected);
  }

  #malformed(name: string, expected: string): never {
    const got = JSON.stringify(this.text(name).slice(0, 40));
    throw new CorruptFile(this.#file, `its metadata's ${name} must be ${expected}, got ${got}`);
  }
}

/** The text form of an image shape, which `MetadataFields.imageShape` reads. */
export function imageShapeText({height, width, channels}: ImageShape): string {
  return JSON.stringify([height, width, channels]);
}

/** Whether a value is a list of items that `is` accepts. */
export function isListOf<T>(
  value: unknown,
  is: (item: unknown) => item is T,
): value is readonly T[] {
  return Array.isArray(value) && value.every((item) => is(item));
}

/** `undefined` for a text that is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return isListOf(value, isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isExtents(value: unknown): value is readonly [number, number, number] {
  return Array.isArray(value) && value.length === 3 && value.every(isExtent);
}

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? {...value} : {};
}

/** Whether a value is a whole number above 0. */
export function isExtent(value: unknown): value is number {
  return isCount(value) && value > 0;
}

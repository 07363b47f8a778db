import type {ImageShape} from '../data/dataset.ts';
import {CorruptFile} from './file-fault.ts';
import type {Metadata} from './safetensors-header.ts';

/** Reads what a file's metadata says; anything missing or malformed is a `CorruptFile` that names the field. */
export class MetadataFields {
  readonly #metadata: ReadonlyMap<string, string>;
  readonly #file: string;

  /** @param file what to call it in an error */
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
    const value = this.json(name);
    return isListOf(value, isText) ? value : this.#malformed(name, 'a list of texts');
  }

  /** A JSON list of numbers; `null` in it stands for NaN. */
  numbers(name: string): readonly number[] {
    const value = this.json(name);
    if (!isListOf(value, isNumberOrNull)) return this.#malformed(name, 'a list of numbers');
    return value.map((number) => number ?? NaN);
  }

  /** `[height, width, channels]`. */
  imageShape(name: string): ImageShape {
    const value = this.json(name);
    if (!isListOf(value, isExtent) || value.length !== 3) {
      return this.#malformed(name, '[height, width, channels]');
    }
    const [height = 0, width = 0, channels = 0] = value;
    return {height, width, channels};
  }

  json(name: string): unknown {
    try {
      return JSON.parse(this.text(name));
    } catch (error) {
      if (error instanceof SyntaxError) return this.#malformed(name, 'JSON');
      throw error;
    }
  }

  #malformed(name: string, expected: string): never {
    const got = JSON.stringify(this.text(name).slice(0, 40));
    throw new CorruptFile(this.#file, `its metadata's ${name} must be ${expected}, got ${got}`);
  }
}

/** The text that `MetadataFields.imageShape` reads. */
export function imageShapeText({height, width, channels}: ImageShape): string {
  return JSON.stringify([height, width, channels]);
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every((item) => is(item));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumberOrNull(value: unknown): value is number | null {
  return typeof value === 'number' || value === null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isExtent(value: unknown): value is number {
  return isCount(value) && value > 0;
}

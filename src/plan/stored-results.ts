import {canonicalJson} from '../base/canonical-json.ts';
import {digestOf} from '../base/digest.ts';
import type {Json} from '../base/json.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Key} from '../store/records/record.ts';
import type {PartialFingerprint} from './explain-change.ts';

/** Something that ran before. */
export interface StoredResult {
  readonly key: Key;
  readonly fingerprint: Fingerprint;
}

/**
 * Finds, of what ran before of one stage type, what is most like a fingerprint: has most fields in common with it, and
 * among those that have as many the rarest ones, since a seed says more than a model does, and among those the newest.
 * One that differs in a single field is always found; of others so many are compared that time stays linear.
 */
export class StoredResultIndex {
  readonly #pasts: readonly StoredResult[];
  /** The numbers of fields, by their text. */
  readonly #fields = new Map<string, Field>();
  /** The fields of each past. */
  readonly #fieldsOf: readonly (readonly Field[])[];
  /** Which of the pasts comes first that has, but for one field and its inputs, fields with this sum. */
  readonly #byRest = new Map<number, number>();

  /** @param pasts the newest first */
  constructor(pasts: readonly StoredResult[]) {
    this.#pasts = pasts;
    this.#fieldsOf = pasts.map(({fingerprint}, index) => {
      const fields = textsOf(fingerprint).map((text) => this.#intern(text));
      for (const field of fields) field.holders.push(index);
      for (const rest of rests(fields)) {
        if (!this.#byRest.has(rest)) this.#byRest.set(rest, index);
      }
      return fields;
    });
  }

  nearest(wanted: PartialFingerprint): StoredResult | undefined {
    const fields = textsOf(wanted).map((text) => this.#fields.get(text) ?? fieldOf(text));
    const known = fields.filter(({holders}) => holders.length > 0);
    const candidates = new Set<number>();
    for (const rest of rests(fields)) {
      const index = this.#byRest.get(rest);
      if (index !== undefined) candidates.add(index);
    }
    const inputs = known.filter(({isInputs}) => isInputs);
    addHolders(candidates, candidates.size > 0 ? inputs : known);
    return this.#nearest(known, candidates);
  }

  #intern(text: string): Field {
    let field = this.#fields.get(text);
    if (field === undefined) {
      field = fieldOf(text);
      this.#fields.set(text, field);
    }
    return field;
  }

  #nearest(known: readonly Field[], candidates: ReadonlySet<number>): StoredResult | undefined {
    const wanted = new Set(known);
    const program = known.find(({isProgram}) => isProgram);
    let best: {readonly index: number; readonly count: number; readonly rarity: number} | undefined;
    for (const index of candidates) {
      const fields = this.#fieldsOf[index]!;
      const shared = fields.filter((field) => wanted.has(field));
      // Runs of different programs have nothing to do with each other.
      if (shared.find(({isProgram}) => isProgram) !== program) continue;
      if (program === undefined && fields.some(({isProgram}) => isProgram)) continue;
      const count = shared.length;
      const rarity = shared.reduce((sum, {holders}) => sum + 1 / holders.length, 0);
      const isBetter =
        best === undefined ||
        count > best.count ||
        (count === best.count && rarity > best.rarity) ||
        (count === best.count && rarity === best.rarity && index < best.index);
      if (isBetter) best = {index, count, rarity};
    }
    return best && this.#pasts[best.index];
  }
}

/** How many fields two fingerprints have in common. */
export function likeness(a: PartialFingerprint, b: PartialFingerprint): number {
  const theirs = new Set(textsOf(b));
  return textsOf(a).filter((text) => theirs.has(text)).length;
}

type Halves = readonly [number, number];

/** One thing in which results may differ, with its value. */
interface Field {
  /** For sums: of the same text the same. Both halves are whole numbers of 32 bits. */
  readonly hash: Halves;
  readonly isInputs: boolean;
  readonly isProgram: boolean;
  /** The pasts that have it, the newest first. */
  readonly holders: number[];
}

/** So many pasts are compared of those that have the rarest fields, and so many of each field. */
const maxCompared = 32;
const maxOfField = 8;

function addHolders(candidates: Set<number>, fields: readonly Field[]): void {
  const rarest = fields.toSorted((a, b) => a.holders.length - b.holders.length);
  const most = candidates.size + maxCompared;
  for (const {holders} of rarest) {
    if (candidates.size >= most) return;
    for (const index of holders.slice(0, maxOfField)) candidates.add(index);
  }
}

function fieldOf(text: string): Field {
  const digest = digestOf(text);
  return {
    hash: [parseInt(digest.slice(0, 8), 16), parseInt(digest.slice(8, 16), 16)],
    isInputs: text.startsWith('inputs '),
    isProgram: text.startsWith('program '),
    holders: [],
  };
}

/** The sum of all fields but the inputs, and the sums of all of these but one. */
function rests(fields: readonly Field[]): readonly number[] {
  const counted = fields.filter(({isInputs}) => !isInputs);
  const sum = counted.reduce<Halves>((sum, {hash}) => difference(sum, hash), [0, 0]);
  return [sum, ...counted.map(({hash}) => difference(sum, hash))].map(asNumber);
}

/** Adds what was not added, and takes away what was. */
function difference(a: Halves, b: Halves): Halves {
  return [a[0] ^ b[0], a[1] ^ b[1]];
}

/** 53 of the bits, which is as many as a number has. */
function asNumber([high, low]: Halves): number {
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}

/** Every field that can change on its own, as text. The inputs count as one: they move together. */
function textsOf(fingerprint: PartialFingerprint): string[] {
  const {type, version, code, params, environment, engine, inputs} = fingerprint;
  const texts = [`version ${version}`];
  if (code !== undefined) texts.push(`code ${canonicalJson(code)}`);
  for (const [name, value] of Object.entries(params)) {
    if (type === 'run' && name === 'arguments') {
      const [program = null, ...rest] = value as readonly Json[];
      texts.push(`program ${canonicalJson(program)}`, ...leaves(`/${name}`, rest));
    } else {
      texts.push(...leaves(`/${name}`, value));
    }
  }
  for (const [name, identity] of Object.entries(environment)) {
    texts.push(`$${name} ${canonicalJson(identity)}`);
  }
  if (engine !== undefined) texts.push(`engine ${canonicalJson(engine)}`);
  if (inputs !== undefined) texts.push(`inputs ${String(digestOf(canonicalJson(inputs)))}`);
  return texts;
}

/** Of a value with more leaves than these each is no field of its own: that keeps the index small. */
const maxLeaves = 64;

/** A text for every value that is no list and no object. */
function leaves(pointer: string, value: Json): readonly string[] {
  const texts = leafTexts(pointer, value);
  return texts.length <= maxLeaves ? texts : [`${pointer} ${canonicalJson(value)}`];
}

function leafTexts(pointer: string, value: Json): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${pointer} ${canonicalJson(value)}`];
  return Object.entries(value).flatMap(([name, inner]: [string, Json]) =>
    leafTexts(`${pointer}/${name}`, inner),
  );
}

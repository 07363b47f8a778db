import {canonicalJson} from '../base/canonical-json.ts';
import {digestOf} from '../base/digest.ts';
import type {Json} from '../base/json.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Key} from '../store/records/record.ts';
import type {PartialFingerprint} from './explain-change.ts';

/** A result of an earlier run. */
export interface StoredResult {
  readonly key: Key;
  readonly fingerprint: Fingerprint;
}

/**
 * Finds the earlier result of a stage type that is most similar to a fingerprint: the one with the most fields in
 * common. Ties are decided by the rarest common fields, since a seed says more than a model does, and then by age,
 * newest first. A result that differs in a single field is always found; of others, a limited number is compared, so
 * that time stays linear.
 */
export class StoredResultIndex {
  readonly #pasts: readonly StoredResult[];
  /** Fields by their text. */
  readonly #fields = new Map<string, Field>();
  /** The fields of each result. */
  readonly #fieldsOf: readonly (readonly Field[])[];
  /** The results by the hash of all their fields but the inputs, at most one more than are compared. */
  readonly #byAll = new Map<number, number[]>();
  /** The newest result, by the hash of all its fields but one (and its inputs). */
  readonly #byRest = new Map<number, number>();

  /** @param pasts newest first */
  constructor(pasts: readonly StoredResult[]) {
    this.#pasts = pasts;
    this.#fieldsOf = pasts.map(({fingerprint}, index) => {
      const fields = textsOf(fingerprint).map((text) => this.#intern(text));
      for (const field of fields) field.holders.push(index);
      const [all, ...others] = rests(fields);
      for (const rest of [all!, ...others]) {
        if (!this.#byRest.has(rest)) this.#byRest.set(rest, index);
      }
      const alike = this.#byAll.get(all!);
      if (alike === undefined) this.#byAll.set(all!, [index]);
      else if (alike.length <= maxAlike) alike.push(index);
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
    // The newest result stands for results that have nothing in common with the fingerprint.
    if (candidates.size === 0 && this.#pasts.length > 0) candidates.add(0);
    return this.#nearest(known, {candidates, textCount: fields.length});
  }

  /**
   * The results whose known fields are the same as these, whatever flowed into them; `undefined`: more than a few have them.
   * Every result that has the same fields is among them, and rarely another.
   */
  alike(wanted: PartialFingerprint): readonly StoredResult[] | undefined {
    const {inputs: _, ...known} = wanted;
    const fields = textsOf(known).map((text) => this.#fields.get(text) ?? fieldOf(text));
    const indices = this.#byAll.get(rests(fields)[0]!) ?? [];
    return indices.length > maxAlike ? undefined : indices.map((index) => this.#pasts[index]!);
  }

  #intern(text: string): Field {
    let field = this.#fields.get(text);
    if (field === undefined) {
      field = fieldOf(text);
      this.#fields.set(text, field);
    }
    return field;
  }

  /** @param given `textCount`: the number of fields, with those that no result has */
  #nearest(
    known: readonly Field[],
    given: {readonly candidates: ReadonlySet<number>; readonly textCount: number},
  ): StoredResult | undefined {
    const {candidates, textCount} = given;
    const wanted = new Set(known);
    const program = known.find(({isProgram}) => isProgram);
    let best: {readonly index: number; readonly count: number; readonly rarity: number} | undefined;
    for (const index of candidates) {
      const fields = this.#fieldsOf[index]!;
      const shared = fields.filter((field) => wanted.has(field));
      // Runs of different programs are not comparable.
      if (shared.find(({isProgram}) => isProgram) !== program) continue;
      if (program === undefined && fields.some(({isProgram}) => isProgram)) continue;
      const count = shared.length;
      // A program such as an interpreter does different things, which have little in common.
      if (program !== undefined && 2 * count <= textCount) continue;
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

/** The number of fields that two fingerprints have in common. */
export function likeness(a: PartialFingerprint, b: PartialFingerprint): number {
  const theirs = new Set(textsOf(b));
  return textsOf(a).filter((text) => theirs.has(text)).length;
}

type Halves = readonly [number, number];

/** A field in which results may differ, with its value. */
interface Field {
  /** Summed to hashes of sets; equal for equal texts. Both halves are whole numbers of 32 bits. */
  readonly hash: Halves;
  readonly isInputs: boolean;
  readonly isProgram: boolean;
  /** The results that have it, newest first. */
  readonly holders: number[];
}

/** Limit of the results with equal fields that are told apart by what flowed into them. */
const maxAlike = 32;

/** Limit of the results compared for having the rarest fields, and of those of each field. */
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

/** The sum of the hashes of all fields but the inputs, and the sums of all of these but one. */
function rests(fields: readonly Field[]): readonly number[] {
  const counted = fields.filter(({isInputs}) => !isInputs);
  const sum = counted.reduce<Halves>((sum, {hash}) => difference(sum, hash), [0, 0]);
  return [sum, ...counted.map(({hash}) => difference(sum, hash))].map(asNumber);
}

/** Adds the fields that were not added, and subtracts those that were. */
function difference(a: Halves, b: Halves): Halves {
  return [a[0] ^ b[0], a[1] ^ b[1]];
}

/** 53 bits of the hash, as a number holds exactly. */
function asNumber([high, low]: Halves): number {
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}

/** Every field that can change by itself, as text. The inputs count as one field, because they change together. */
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

/** Limit of the leaves of a value that become fields of their own, which keeps the index small. */
const maxLeaves = 64;

/** A text for each value that is neither a list nor an object. */
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

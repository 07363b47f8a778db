import type {LineForm} from '../data/line.ts';
import type {EpochHistory, ExpertKind, Parameter} from '../data/trajectory.ts';
import {fieldsOf, imageShapeText, isExtent, isListOf} from './metadata-fields.ts';
import type {MetadataFields} from './metadata-fields.ts';
import type {Metadata} from '../../formats/safetensors/safetensors-header.ts';

/** The properties of a single expert. */
export interface Expert {
  readonly seed: number;
  readonly history: EpochHistory;
}

/** The metadata of a file of experts' trajectories. @param line as which they are stored; absent: snapshot by snapshot */
export function expertMetadata(
  kind: ExpertKind,
  experts: readonly Expert[],
  line?: LineForm,
): Metadata {
  const {model, layout, image, classes, source, transformDigest, settings} = kind;
  return {
    model,
    layout: JSON.stringify(layout.map(({name, shape}) => ({name, shape}))),
    ...(image !== undefined && {image: imageShapeText(image)}),
    ...(classes !== undefined && {classes: String(classes)}),
    source,
    ...(transformDigest !== undefined && {transform_sha256: transformDigest}),
    settings: JSON.stringify(settings),
    ...(line !== undefined && {line: lineText(line)}),
    experts: JSON.stringify(experts.map(({seed, history}) => ({seed, history}))),
  };
}

/** @throws CorruptFile */
export function parseExpertKind(fields: MetadataFields): ExpertKind {
  return {
    model: fields.text('model'),
    layout: fields.json('layout', isLayout, 'a list of parameters'),
    ...(fields.has('image') && {image: fields.imageShape('image')}),
    ...(fields.has('classes') && {classes: fields.count('classes')}),
    source: fields.text('source'),
    ...(fields.has('transform_sha256') && {transformDigest: fields.text('transform_sha256')}),
    settings: fields.json('settings', isSettings, 'an object of texts, numbers and booleans'),
  };
}

/** The line as which trajectories are stored; `undefined`: snapshot by snapshot. @throws CorruptFile */
export function parseLine(fields: MetadataFields): LineForm | undefined {
  if (!fields.has('line')) return undefined;
  return fields.json('line', isLine, 'the epochs of nodes, and whether they are averaged');
}

/** A line as text, for comparison and for metadata. */
export function lineText({through, smooth}: LineForm): string {
  return JSON.stringify({through, smooth});
}

/** @throws CorruptFile */
export function parseExperts(fields: MetadataFields): readonly Expert[] {
  const experts = fields.json('experts', isExperts, 'a list of experts with their histories');
  return experts.map(({seed, history}) => ({
    seed,
    history: {
      trainLoss: numbers(history.trainLoss),
      trainAccuracy: numbers(history.trainAccuracy),
      testLoss: numbers(history.testLoss),
      testAccuracy: numbers(history.testAccuracy),
    },
  }));
}

/** The first difference between two kinds of experts: the field's name and both values as text. */
export function differingField(
  expected: ExpertKind,
  got: ExpertKind,
): {readonly field: string; readonly expected: string; readonly got: string} | undefined {
  const [a, b] = [comparable(expected), comparable(got)];
  const field = [...new Set([...a.keys(), ...b.keys()])].find(
    (name) => a.get(name) !== b.get(name),
  );
  if (field !== undefined) {
    // Digests say nothing to anybody.
    const words = inWords[field];
    if (words !== undefined) return {field, ...words};
    return {field, expected: a.get(field) ?? 'none', got: b.get(field) ?? 'none'};
  }
  const [c, d] = [expected.layout.map(parameterText), got.layout.map(parameterText)];
  const place = Array.from(c.length > d.length ? c : d).findIndex((_, i) => c[i] !== d[i]);
  if (place < 0) return undefined;
  return {field: 'layout', expected: c[place] ?? 'no more', got: d[place] ?? 'no more'};
}

const inWords: Readonly<Record<string, {readonly expected: string; readonly got: string}>> = {
  source: {expected: 'the same data set', got: 'another'},
  transform: {expected: 'that of the same zca stage', got: 'that of another'},
};

function comparable(kind: ExpertKind): ReadonlyMap<string, string> {
  return new Map([
    ['model', kind.model],
    ['source', kind.source],
    ['transform', kind.transformDigest ?? 'none'],
    ['image', kind.image === undefined ? 'unknown' : imageShapeText(kind.image)],
    ['classes', kind.classes === undefined ? 'unknown' : String(kind.classes)],
    ...Object.entries(kind.settings).map(
      ([name, value]) => [`settings.${name}`, String(value)] as const,
    ),
  ]);
}

function parameterText({name, shape}: Parameter): string {
  return `${name} [${shape.join(', ')}]`;
}

/** Restores NaN, which JSON lacks: it was written as `null`. */
function numbers(values: readonly (number | null)[]): readonly number[] {
  return values.map((value) => value ?? NaN);
}

function isLayout(value: unknown): value is readonly Parameter[] {
  return isListOf(value, isParameter);
}

function isParameter(value: unknown): value is Parameter {
  const {name, shape} = fieldsOf(value);
  return typeof name === 'string' && isListOf(shape, isExtent);
}

function isLine(value: unknown): value is LineForm {
  const {through, smooth} = fieldsOf(value);
  return isListOf(through, isExtent) && typeof smooth === 'boolean';
}

function isSettings(value: unknown): value is ExpertKind['settings'] {
  return typeof value === 'object' && value !== null && Object.values(value).every(isSetting);
}

function isSetting(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

interface StoredExpert {
  readonly seed: number;
  readonly history: Readonly<Record<keyof EpochHistory, readonly (number | null)[]>>;
}

function isExperts(value: unknown): value is readonly StoredExpert[] {
  return isListOf(value, isExpert);
}

function isExpert(value: unknown): value is StoredExpert {
  const {seed, history} = fieldsOf(value);
  const {trainLoss, trainAccuracy, testLoss, testAccuracy} = fieldsOf(history);
  const lists = [trainLoss, trainAccuracy, testLoss, testAccuracy];
  return Number.isSafeInteger(seed) && lists.every((list) => isListOf(list, isNumberOrNull));
}

function isNumberOrNull(value: unknown): value is number | null {
  return typeof value === 'number' || value === null;
}

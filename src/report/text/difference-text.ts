import type {Comparison} from '../../inspect/compare-artifacts.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {Reason} from '../../plan/verdict.ts';
import {comparisonLines} from './comparison-text.ts';
import {describeReason} from './describe.ts';

/** The difference between two files. */
export type FileDifference =
  | Comparison
  /** Stored bytes are damaged, so that they cannot be compared. The notes are sentences that name them. */
  | {readonly kind: 'damaged'; readonly notes: readonly string[]}
  /** Their bytes are of two kinds. The note is a sentence that names both. */
  | {readonly kind: 'unlike'; readonly note: string};

/** The difference between two results: what they were made from, and their outputs. */
export interface ResultDifference {
  readonly kind: 'result';
  readonly type?: Change<string>;
  readonly reasons: readonly Reason[];
  /** Facts of the engine, where it is not part of keys. */
  readonly engine: Readonly<Record<string, Change<unknown>>>;
  readonly outputs: Readonly<Record<string, OutputDifference>>;
}

interface Change<T> {
  readonly was: T;
  readonly now: T;
}

/** An output that only one result has, or the differences between its artifacts, in their order. */
export type OutputDifference =
  {readonly onlyIn: 'a' | 'b'} | {readonly artifacts: readonly ArtifactDifference[]};

export type ArtifactDifference = {readonly onlyIn: 'a' | 'b'} | FileDifference;

/** The difference between two runs: instances that only one has, and those with different results. */
export interface RunDifference {
  readonly kind: 'run';
  readonly onlyInA: readonly InstanceId[];
  readonly onlyInB: readonly InstanceId[];
  readonly changed: readonly {
    readonly instance: InstanceId;
    readonly difference: ResultDifference | ({readonly kind: 'standing'} & Change<string>);
  }[];
}

export type Difference = RunDifference | ResultDifference | FileDifference;

/** Differences for display: lines within a number of columns. Empty: there are none. */
export function differenceLines(difference: Difference, columns: number): readonly string[] {
  switch (difference.kind) {
    case 'run':
      return runLines(difference, columns);
    case 'result':
      return resultLines(difference, columns);
    case 'damaged':
      return difference.notes;
    case 'unlike':
      return [difference.note];
    case 'equal':
      return [];
    case 'tensors':
    case 'table':
    case 'image':
    case 'text':
    case 'different': {
      const lines = comparisonLines(difference, columns);
      return lines.length === 0 ? ['The bytes differ, but all values are equal.'] : lines;
    }
  }
}

function runLines({onlyInA, onlyInB, changed}: RunDifference, columns: number): readonly string[] {
  return [
    ...onlyInA.map((id) => `- ${id}`),
    ...onlyInB.map((id) => `+ ${id}`),
    ...changed.flatMap(({instance, difference}) => [
      `~ ${instance}`,
      ...(difference.kind === 'standing'
        ? [`    ${difference.was} → ${difference.now}`]
        : resultLines(difference, columns - 4).map((line) => `    ${line}`)),
    ]),
  ];
}

function resultLines(
  {type, reasons, engine, outputs}: ResultDifference,
  columns: number,
): readonly string[] {
  return [
    ...(type === undefined ? [] : [`stage type: ${type.was} → ${type.now}`]),
    ...reasons.map(describeReason),
    ...Object.entries(engine).map(
      ([name, {was, now}]) => `${name}: ${JSON.stringify(was)} → ${JSON.stringify(now)}`,
    ),
    ...Object.entries(outputs).flatMap(([name, output]) => {
      const lines = outputLines(output, columns - 2);
      if (lines.length === 0) return [`output ${name}: equal`];
      return [`output ${name}`, ...lines.map((line) => `  ${line}`)];
    }),
  ];
}

function outputLines(output: OutputDifference, columns: number): readonly string[] {
  if ('onlyIn' in output) {
    return [output.onlyIn === 'b' ? 'only the second has it' : 'only the first has it'];
  }
  const isMany = output.artifacts.length > 1;
  return output.artifacts.flatMap((artifact, index) => {
    if ('onlyIn' in artifact) {
      return `[${index}]: only the ${artifact.onlyIn === 'b' ? 'second' : 'first'} has it`;
    }
    const lines = differenceLines(artifact, columns);
    return lines.map((line) => (isMany ? `[${index}] ${line}` : line));
  });
}

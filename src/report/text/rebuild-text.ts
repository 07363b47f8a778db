import type {Comparison} from '../../inspect/compare-artifacts.ts';
import type {MetadataDifference} from '../../inspect/metadata-differences.ts';
import {comparisonLines} from './comparison-text.ts';

/** The comparison of a recomputed output with the stored one. */
export interface RebuiltOutput {
  /** `instance.output`, with a number if there are several. */
  readonly name: string;
  readonly comparison: Comparison;
}

export type RebuildVerdict = 'equal' | 'within' | 'diverged';

/** The results of a rebuild: numbers of outputs, and of failed instances. */
export type RebuildTally = Readonly<Record<RebuildVerdict | 'failed', number>>;

/** `3 outputs equal to the last byte, 1 diverged.`, as a line. */
export function rebuildSummary(tally: RebuildTally): string {
  const outputs = (['equal', 'within', 'diverged'] as const).filter(
    (verdict) => tally[verdict] > 0,
  );
  const parts = outputs.map((verdict, index) => {
    const noun = tally[verdict] === 1 ? 'output' : 'outputs';
    return `${tally[verdict]}${index === 0 ? ` ${noun}` : ''} ${words[verdict]}`;
  });
  if (tally.failed > 0) {
    parts.push(`${tally.failed} ${tally.failed === 1 ? 'instance' : 'instances'} failed`);
  }
  return parts.length === 0 ? '' : `${parts.join(', ')}.\n`;
}

/** Judges a comparison: numbers may differ by the tolerance, everything else must be equal. */
export function judge(comparison: Comparison, tolerance: number): RebuildVerdict {
  switch (comparison.kind) {
    case 'equal':
      return 'equal';
    case 'tensors': {
      const {tensors, metadata} = comparison;
      const close = tensors.every(
        (part) => part.a?.dtype === part.b?.dtype && isClose(part, tolerance),
      );
      return close && areClose(metadata, tolerance) ? 'within' : 'diverged';
    }
    case 'table': {
      const [was, now] = comparison.rowCounts;
      const close = comparison.columns.every(
        (part) => part.a === part.b && (part.differingRows === 0 || isClose(part, tolerance)),
      );
      const isWithin = was === now && close && areClose(comparison.metadata, tolerance);
      return isWithin ? 'within' : 'diverged';
    }
    case 'image':
      return isClose(comparison, tolerance) ? 'within' : 'diverged';
    case 'text':
    case 'different':
      return 'diverged';
  }
}

/** Whether two parts have the same shape, and numbers within the tolerance; NaN is close only to NaN. */
function isClose(
  part: {readonly maxAbs?: number; readonly unlike?: number},
  tolerance: number,
): boolean {
  return part.maxAbs !== undefined && part.unlike === 0 && part.maxAbs <= tolerance;
}

function areClose(metadata: readonly MetadataDifference[], tolerance: number): boolean {
  return metadata.every(({maxAbs}) => maxAbs !== undefined && maxAbs <= tolerance);
}

/** A line for an output, followed by its deviations: lines within a number of columns. */
export function rebuiltText(
  {name, comparison}: RebuiltOutput,
  {tolerance, columns}: {readonly tolerance: number; readonly columns: number},
): string {
  const verdict = judge(comparison, tolerance);
  const within = verdict === 'within' ? ` of ${tolerance}` : '';
  const differences = comparisonLines(comparison, columns - indent.length);
  const nothing = comparison.kind !== 'equal' && differences.length === 0;
  const details = nothing ? ['The bytes differ, but all values are equal.'] : differences;
  const lines = [
    `${marks[verdict]} ${name}  ${words[verdict]}${within}`,
    ...details.map((line) => indent + line),
  ];
  return `${lines.join('\n')}\n`;
}

const indent = ' '.repeat(4);
const marks = {equal: '✓', within: '≈', diverged: '✗'} as const;
const words = {
  equal: 'equal to the last byte',
  within: 'within the tolerance',
  diverged: 'diverged',
} as const;

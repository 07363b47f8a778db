import type {Comparison} from '../inspect/compare-artifacts.ts';

/** How one output of an instance that ran again compares with what is stored. */
export interface RebuiltOutput {
  /** `instance.output`, numbered where there are several. */
  readonly name: string;
  readonly comparison: Comparison;
}

export type RebuildVerdict = 'equal' | 'within' | 'diverged';

/** Judges a comparison: numbers may differ by the tolerance, anything else not at all. */
export function judge(comparison: Comparison, tolerance: number): RebuildVerdict {
  switch (comparison.kind) {
    case 'equal':
      return 'equal';
    case 'tensors':
      return comparison.tensors.every((part) => isClose(part, tolerance)) ? 'within' : 'diverged';
    case 'table': {
      const [was, now] = comparison.rowCounts;
      const close = comparison.columns.every(
        (part) => part.differingRows === 0 || isClose(part, tolerance),
      );
      return was === now && close ? 'within' : 'diverged';
    }
    case 'image':
    case 'text':
    case 'different':
      return 'diverged';
  }
}

/** Whether two parts have the same shape, and numbers that are near enough; NaN is near NaN only. */
function isClose(
  part: {
    readonly a?: unknown;
    readonly b?: unknown;
    readonly maxAbs?: number;
    readonly unlike?: number;
  },
  tolerance: number,
): boolean {
  return part.maxAbs !== undefined && part.unlike === 0 && part.maxAbs <= tolerance;
}

/** A line for an output, and one for each part of it that differs. */
export function rebuiltText({name, comparison}: RebuiltOutput, tolerance: number): string {
  const verdict = judge(comparison, tolerance);
  const lines = [`${marks[verdict]} ${name}  ${words[verdict]}`, ...differences(comparison)];
  return `${lines.join('\n')}\n`;
}

const marks = {equal: '✓', within: '≈', diverged: '✗'} as const;
const words = {
  equal: 'equal to the last byte',
  within: 'within the tolerance',
  diverged: 'diverged',
} as const;

function differences(comparison: Comparison): readonly string[] {
  const part = (name: string, maxAbs: number | undefined): string =>
    `    ${name}: ${maxAbs === undefined ? 'not comparable' : `max |Δ| ${maxAbs.toPrecision(3)}`}`;
  switch (comparison.kind) {
    case 'equal':
      return [];
    case 'tensors':
      return comparison.tensors
        .filter(({differing}) => differing !== 0)
        .map(({name, maxAbs}) => part(name, maxAbs));
    case 'table':
      return comparison.columns
        .filter(({differingRows}) => differingRows !== 0)
        .map(({name, maxAbs}) => part(name, maxAbs));
    case 'image':
      return [part('pixels', comparison.maxAbs)];
    case 'text':
      return [`    ${comparison.differingLines} lines differ`];
    case 'different':
      return [`    ${comparison.note}`];
  }
}

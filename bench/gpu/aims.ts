import {createModel} from '../../src/learning/models/catalog.ts';
import {classes, configurations, depth} from '../configurations.ts';
import {timingsUnder, whyNone, type Timing} from './timings.ts';

/** An aim on an H100, and where a report tells whether it was met. */
interface Aim {
  readonly aim: string;
  /** The beginnings of the titles under which it is measured, and the heading of their part of the report. */
  readonly titles: readonly string[];
  readonly heading: string;
  /**
   * Judges measurements.
   * @param ours our timings under each title
   * @param rivals those of other programs under the last title
   */
  readonly judge: (ours: readonly Timing[], rivals: readonly Timing[]) => Judgement;
}

interface Judgement {
  readonly measured: string;
  /** Whether the aim is met; or why that is not known. */
  readonly isMet: boolean | string;
}

/** Bytes of a student's parameters in configuration A. */
function parameterBytes(): number {
  const {width, size, channels} = configurations['A']!;
  const input = {height: size, width: size, channels};
  return 4 * createModel(`ConvNetD${depth}W${width}`, {input, classes}).parameterCount;
}

function atMost(ms: number): Aim['judge'] {
  return ([ours]) => ({measured: `${ours!.msPerUnit} ms`, isMet: ours!.msPerUnit <= ms});
}

const aims: readonly Aim[] = [
  {
    aim: 'a student step and its way back, A: at most 0.5 ms',
    titles: ['A: '],
    heading: 'A student step and its way back, A',
    judge: atMost(0.5),
  },
  {
    aim: 'the same, C: at most 2.0 ms',
    titles: ['C: '],
    heading: 'A student step and its way back, C',
    judge: atMost(2),
  },
  {
    aim: 'an epoch of an expert: at most half of PyTorch’s time',
    titles: ['Training an expert'],
    heading: 'An epoch of an expert',
    judge: ([ours], rivals) => {
      const torch = rivals.find(({who}) => who === 'PyTorch');
      const isMet =
        torch === undefined ? 'PyTorch was not measured' : ours!.msPerUnit <= torch.msPerUnit / 2;
      return {measured: `${ours!.wholeS} s`, isMet};
    },
  },
  {
    aim: 'an iteration of 50 steps with DSA: at most 0.03 s',
    titles: ['An iteration of 50 steps'],
    heading: 'An iteration with DSA',
    judge: ([ours]) => ({measured: `${ours!.wholeS} s`, isMet: ours!.wholeS! <= 0.03}),
  },
  {
    aim: 'memory: at most one set of parameters more a step',
    titles: ['An iteration of 10 steps', 'An iteration of 50 steps'],
    heading: 'An iteration with DSA',
    judge: (ours) => {
      const [few, many] = ours.map(({enginePeakMB = Number.NaN}) => enginePeakMB);
      const growth = (many! - few!) / 40;
      const set = parameterBytes() / 1e6;
      return {
        measured: `${few} MB at 10 steps, ${many} MB at 50: ${growth.toFixed(2)} MB a step, and a set has ${set.toFixed(2)} MB`,
        // Both are printed in whole megabytes.
        isMet: growth <= set + 1 / 40,
      };
    },
  },
];

/**
 * A table of the aims beside what a report says was measured.
 * @param report the text that the benchmarks printed, in the parts of `gpu-hour.sh`
 */
export function aimsTable(report: string): string {
  const rows = aims.map((aim) => rowOf(aim, report).map((cell) => cell.replaceAll('|', '\\|')));
  const head = ['aim, on an H100', 'measured', 'others in the same run', 'met'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function rowOf({aim, titles, heading, judge}: Aim, report: string): readonly string[] {
  const timings = titles.map((title) => timingsUnder(title, report));
  if (timings.some((found) => found.length === 0)) {
    return [aim, '', '', `not measured: ${whyNone(heading, report)}`];
  }
  const rivals = timings.at(-1)!.slice(1);
  const {measured, isMet} = judge(
    timings.map(([ours]) => ours!),
    rivals,
  );
  const others = rivals.map(
    ({who, msPerUnit, wholeS}) =>
      `${who} ${wholeS === undefined ? `${msPerUnit} ms` : `${wholeS} s`}`,
  );
  const met = typeof isMet === 'string' ? `not known: ${isMet}` : isMet ? 'yes' : 'no';
  return [aim, measured, others.join(', '), met];
}

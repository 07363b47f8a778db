/** The measurements that a benchmark printed for one program: times are medians. */
export interface Timing {
  /** `ours`, or a rival's name. */
  readonly who: string;
  readonly msPerUnit: number;
  /** Seconds of the larger unit, such as an epoch. */
  readonly wholeS?: number;
  /** The most memory of the engine. */
  readonly enginePeakMB?: number;
}

/**
 * The timings under a benchmark's title in a report: ours first, then those of rivals.
 * @param title the beginning of the title
 * @returns none if there is no such title, or if nothing was measured under it
 */
export function timingsUnder(title: string, report: string): readonly Timing[] {
  const lines = report.split('\n');
  const start = lines.findIndex((line) => line.startsWith(title));
  if (start < 0) return [];
  const after = lines.slice(start + 1);
  const end = after.findIndex((line) => !line.startsWith('  '));
  const block = end < 0 ? after : after.slice(0, end);
  const timings: Timing[] = [];
  for (const [index, line] of block.entries()) {
    const ms = / median ([\d.]+) ms\//.exec(line)?.[1];
    if (ms === undefined) continue;
    const rival = /^ {2}ours \/ ([^:]+):/.exec(block[index + 1] ?? '')?.[1];
    const whole = /\), ([\d.]+) s /.exec(line)?.[1];
    const peak = / peak engine ([\d.]+) MB/.exec(line)?.[1];
    timings.push({
      who: timings.length === 0 ? 'ours' : (rival ?? 'a rival'),
      msPerUnit: Number(ms),
      ...(whole !== undefined && {wholeS: Number(whole)}),
      ...(peak !== undefined && {enginePeakMB: Number(peak)}),
    });
  }
  return timings;
}

/** The reason why a part of a report has no timings. */
export function whyNone(heading: string, report: string): string {
  const section = report.split('\n## ').find((text) => text.startsWith(heading));
  if (section === undefined) return 'this run has no such part';
  const stopped = /^Stopped after \d+ s|^There was no time left/m.exec(section)?.[0];
  if (stopped !== undefined) return stopped.replace(/^[ST]/, (letter) => letter.toLowerCase());
  const failed = /^Ended with code \d+:\n\n```text\n([^]*?)\n```$/m.exec(section)?.[1];
  if (failed === undefined) return 'this run measured other networks';
  const lines = failed.split('\n').map((line) => line.trim());
  return `it failed: ${lines.find((line) => line.includes('Error')) ?? lines.at(-1)!}`;
}

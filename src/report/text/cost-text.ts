import type {PlanCosts} from '../../plan/plan-costs.ts';
import {formatBytes} from '../format/bytes.ts';

/** A smaller cost is not shown. */
const minGpuSeconds = 360;
const minBytes = 1e9;

/** The expected cost of a plan, in a line that names its basis; empty if it is small. */
export function costText(costs: PlanCosts): string {
  const {gpuSeconds, measuredSeconds, newBytes, storedBytes, unknown, source} = costs;
  if (gpuSeconds < minGpuSeconds && newBytes < minBytes) return '';
  const measured = measuredSeconds === 0 ? '' : ` (${formatHours(measuredSeconds)} measured here)`;
  const stored = storedBytes === 0 ? '' : ` beside ${formatBytes(storedBytes)} stored`;
  const left = unknown === 0 ? '' : `, without ${unknown} of unknown cost`;
  const what = `${formatHours(gpuSeconds)} GPU hours${measured}, ${formatBytes(newBytes)} on the disk${stored}`;
  return `Estimate: ${what}${left}. By ${source}.\n`;
}

function formatHours(seconds: number): string {
  const hours = seconds / 3600;
  return hours < 9.95 ? hours.toFixed(1) : Math.round(hours).toLocaleString('en');
}

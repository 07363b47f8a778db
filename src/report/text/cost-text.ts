import {visibleJson} from '../../base/visible.ts';
import type {CostModels} from '../../contract/cost.ts';
import type {Basis} from '../../plan/expected.ts';
import type {PlanCosts} from '../../plan/plan-costs.ts';
import type {Machine} from '../../schedule/device-request.ts';
import type {Estimate} from '../../schedule/estimates/estimate.ts';
import {formatBytes} from '../format/bytes.ts';
import {formatLargest} from '../format/duration.ts';
import {countVerdicts} from './plan-text.ts';

/** Everything that an estimate of a plan consists of. */
export interface EstimatedPlan {
  readonly costs: PlanCosts;
  readonly estimate: Estimate;
  readonly machine: Machine;
  /** Absent: there are no cost models. */
  readonly models: Pick<CostModels, 'source' | 'caveat' | 'gpu'> | undefined;
}

/** Fewer bytes are not shown, nor is a shorter time on a GPU that this machine lacks. */
const minBytes = 1e8;
const minGpuSeconds = 360;

/** The expected cost of a plan, in lines that say what it rests on; empty if nothing is known or to do. */
export function costText(given: EstimatedPlan): string {
  const {unknown} = given.costs;
  if (given.estimate.workMs > 0) {
    const others = unknown === 1 ? 'another' : `${unknown} others`;
    const besides = unknown === 0 ? '' : `, besides ${others} of unknown duration`;
    return `Estimate: ${timeText(given)}${besides}${bytesText(given)}.\n${hint(given)}`;
  }
  if (unknown === 0) return '';
  const them = unknown === 1 ? 'it' : `these ${unknown}`;
  return `Estimate: none, since nothing like ${them} ever ran here.\n`;
}

/** `about 6 days of work, about 3 days with 2 CPU slots, from a calibration of this machine`. */
function timeText({costs, estimate: {workMs, waitMs}, machine, models}: EstimatedPlan): string {
  const texts: Readonly<Record<Basis, string>> = {
    results:
      costs.results === 1 ? 'from a result like it' : `from ${costs.results} results like these`,
    calibration: 'from a calibration of this machine',
    'usual-speeds': 'from the speed of a usual machine',
    'gpu-figures': `by ${models?.source}, on ${models?.gpu}`,
  };
  const bases = costs.bases.map((basis) => texts[basis]).join(' and ');
  const about = costs.unknown === 0 ? 'about' : 'more than';
  const wait = `${about} ${formatLargest(waitMs)} with ${machineText(machine)}`;
  return `${about} ${formatLargest(workMs)} of work, ${wait}, ${bases}`;
}

function machineText({slots, gpus}: Machine): string {
  const text = `${slots} CPU ${slots === 1 ? 'slot' : 'slots'}`;
  return gpus === 0 ? text : `${text} and ${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`;
}

function bytesText({costs: {newBytes, storedBytes}}: EstimatedPlan): string {
  if (newBytes < minBytes) return '';
  const stored = storedBytes === 0 ? '' : ` beside ${formatBytes(storedBytes)} stored`;
  return `; ${formatBytes(newBytes)} on the disk${stored}`;
}

/** What a GPU would save, where there is none. */
function hint({costs: {gpuSeconds}, machine, models}: EstimatedPlan): string {
  if (machine.gpus > 0 || models === undefined || gpuSeconds < minGpuSeconds) return '';
  const {gpu, source, caveat} = models;
  return `On ${gpu} about ${formatLargest(1000 * gpuSeconds)}, going by ${source}; ${caveat}.\n`;
}

/** The totals of a plan as a line of JSON, line feed included. Times are in seconds. */
export function totalJson({costs, estimate, machine}: EstimatedPlan): string {
  const {plan, unknown, bases, results, newBytes, storedBytes, gpuSeconds} = costs;
  const {workMs, waitMs} = estimate;
  const {slots, gpus} = machine;
  const total = {
    ...countVerdicts(plan),
    seconds: workMs / 1000,
    waitSeconds: Math.round(waitMs) / 1000,
    slots,
    gpus,
    unknown,
    bases,
    results,
    newBytes,
    storedBytes,
    gpuSeconds: Math.round(gpuSeconds),
  };
  return `${visibleJson({total})}\n`;
}

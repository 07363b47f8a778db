/** Checks a folder of reference files case by case. */
import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import type {Engine} from '../../src/tensor/engine.ts';
import type {Deviation} from './deviation.ts';
import {checkDc} from './dc.ts';
import {checkDecoder} from './decoders.ts';
import {checkDm} from './dm.ts';
import {checkDsa} from './dsa.ts';
import {checkForward} from './forward.ts';
import {checkGsam} from './gsam.ts';
import {checkModel} from './models.ts';
import {checkMtt} from './mtt.ts';
import {checkSchedule} from './schedule.ts';
import {checkScores} from './scores.ts';
import {checkSgd} from './sgd.ts';
import {checkSoft} from './soft.ts';

export interface CaseResult {
  /** `models.json 3: "ConvNetD4" 64 3`: file, position, network, image size, channels. */
  readonly title: string;
  /** The comparison that came closest to its tolerance, or exceeded it most. */
  readonly worst: Deviation;
  readonly passed: boolean;
}

type Check = (engine: Engine, reference: never) => Promise<readonly Deviation[]>;

/** The check of each file, by the file's name. */
const checks: Readonly<Record<string, Check>> = {
  'dc.json': checkDc,
  'decoders.json': checkDecoder,
  'dm.json': checkDm,
  'dsa.json': checkDsa,
  'forward.json': checkForward,
  'gsam.json': checkGsam,
  'models.json': checkModel,
  'mtt.json': checkMtt,
  'schedule.json': checkSchedule,
  'scores.json': checkScores,
  'sgd.json': checkSgd,
  'soft.json': checkSoft,
};

/**
 * Yields a result for every case of every known file in the folder. Throws if there is no such file.
 * @param isWanted selects networks; by default all are checked
 */
export async function* checkFolder(
  engine: Engine,
  folder: string,
  wanted: readonly string[] = Object.keys(checks),
  isWanted: (model: unknown) => boolean = () => true,
): AsyncGenerator<CaseResult> {
  const present = await readdir(folder);
  const files = present.filter((file) => file in checks && wanted.includes(file)).sort();
  if (files.length === 0) {
    throw new Error(`${folder} holds none of ${Object.keys(checks).join(', ')}`);
  }
  for (const file of files) {
    const {cases} = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as {
      cases: readonly Readonly<Record<string, unknown>>[];
    };
    for (const [i, reference] of cases.entries()) {
      if (!isWanted(reference['model'])) continue;
      const title = `${file} ${i}: ${describe(reference)}`;
      yield resultOf(title, await deviations(checks[file]!, engine, reference));
    }
  }
}

async function deviations(
  check: Check,
  engine: Engine,
  reference: unknown,
): Promise<readonly Deviation[]> {
  try {
    return await check(engine, reference as never);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return [{what, error: Number.POSITIVE_INFINITY, tolerance: 0}];
  }
}

function resultOf(title: string, found: readonly Deviation[]): CaseResult {
  const excess = ({error, tolerance}: Deviation): number => error / (tolerance || Number.MIN_VALUE);
  const worst = found.reduce((a, b) => (excess(b) > excess(a) ? b : a));
  return {title, worst, passed: found.length > 0 && worst.error <= worst.tolerance};
}

function describe({model, op, kind, size, channels}: Readonly<Record<string, unknown>>): string {
  return [model ?? op ?? kind, size, channels]
    .map((part) => JSON.stringify(part))
    .join(' ')
    .trimEnd();
}

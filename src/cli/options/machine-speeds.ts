import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {cacheFolder} from '../../base/user-folders.ts';
import {isSystemError} from '../../base/errno.ts';
import {makeFolders} from '../../base/make-folders.ts';
import type {Speeds} from '../../contract/cost.ts';
import {replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';

/** The facts and options that a calibration depends on. */
type CalibrationKey = Readonly<Record<'cpu' | 'cores' | 'engine' | 'version' | 'node', string>>;

/**
 * The speeds of this machine with an engine, as they were measured before; `undefined`: they were not, or by another version.
 * @param engine the engine that a run asks for, such as `auto`
 */
export function keptSpeeds(engine: string, world: World): Speeds | undefined {
  const key = keyOf(engine, world);
  const file = fileOf(key, world);
  if (file === undefined) return undefined;
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as {
      key?: unknown;
      speeds?: unknown;
    } | null;
    const isSame = JSON.stringify(kept?.key) === JSON.stringify(key);
    return isSame && areSpeeds(kept?.speeds) ? kept.speeds : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return undefined;
    throw error;
  }
}

/** Measures the speeds of this machine and keeps them, if there is a place; `undefined`: the engine does not start. */
export async function measureSpeeds(engine: string, world: World): Promise<Speeds | undefined> {
  const {calibrate} = await world.offers.loadCalibration();
  let speeds: Speeds;
  try {
    speeds = await calibrate({name: engine, numerics: 'any', threads: 1, gpu: false});
  } catch {
    // An optional engine may not be installed: a run would say so, an estimate need not.
    return undefined;
  }
  await keep(keyOf(engine, world), speeds, world);
  return speeds;
}

async function keep(key: CalibrationKey, speeds: Speeds, world: World): Promise<void> {
  const file = fileOf(key, world);
  if (file === undefined) return;
  try {
    await makeFolders(path.dirname(file));
    await replaceWhole(file, `${JSON.stringify({key, speeds}, undefined, 2)}\n`);
  } catch (error) {
    // Without a home that can be written, the next plan measures again.
    if (!isSystemError(error)) throw error;
  }
}

function keyOf(engine: string, world: World): CalibrationKey {
  const {cores, nodeVersion} = world;
  return {
    cpu: world.findProcessor(),
    cores: `${cores}`,
    engine,
    version: world.findVersion(),
    node: nodeVersion,
  };
}

function fileOf(key: CalibrationKey, {environment}: World): string | undefined {
  const folder = cacheFolder(environment);
  if (folder === undefined) return undefined;
  const name = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
  return path.join(folder, `speeds-${name}.json`);
}

function areSpeeds(value: unknown): value is Speeds {
  if (typeof value !== 'object' || value === null) return false;
  const speeds: readonly unknown[] = Object.values(value);
  return speeds.length > 0 && speeds.every((speed) => typeof speed === 'number' && speed > 0);
}

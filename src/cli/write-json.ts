import {visibleJson} from '../base/visible.ts';
import type {World} from './world.ts';

/** Prints an answer as JSON for programs. */
export function writeJson(value: unknown, {stdout}: Pick<World, 'stdout'>): void {
  stdout.write(`${visibleJson(value, 2)}\n`);
}

/** Prints one of many answers as JSON, on a line of its own. */
export function writeJsonLine(value: unknown, {stdout}: Pick<World, 'stdout'>): void {
  stdout.write(`${visibleJson(value)}\n`);
}

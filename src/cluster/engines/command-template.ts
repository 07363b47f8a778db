import type {Submission} from '../engine.ts';
import {allocationName, mebibytes, timeWord} from './allocation-words.ts';

/** The names that a template of a command may mention, such as `${script}`. */
export const templateNames = ['script', 'n', 'name', 'gpus', 'cpus', 'memory', 'time'] as const;

type Values = ReadonlyMap<string, string>;

/** The values of a submission: the memory in MiB, the time as hours, minutes and seconds. */
export function templateValues({run, pool, members, script}: Submission): Values {
  const {gpus, cpus, memoryBytes, timeMs} = pool;
  return new Map([
    ['script', script],
    ['n', String(members)],
    ['name', allocationName(run)],
    ['gpus', String(gpus)],
    ...(cpus === undefined ? [] : [['cpus', String(cpus)] as const]),
    ...(memoryBytes === undefined ? [] : [['memory', String(mebibytes(memoryBytes))] as const]),
    ...(timeMs === undefined ? [] : [['time', timeWord(timeMs)] as const]),
  ]);
}

/** The words of a template with its values; names without a value stay. */
export function fillTemplate(template: readonly string[], values: Values): readonly string[] {
  return template.map((word) =>
    word.replaceAll(pattern, (mention, name: string) => values.get(name) ?? mention),
  );
}

/** A name that a template mentions although there is no value for it. */
export function missingValue(template: readonly string[], values: Values): string | undefined {
  return template
    .flatMap((word) => [...word.matchAll(pattern)].map(([, name]) => name!))
    .find((name) => templateNames.some((known) => known === name) && !values.has(name));
}

const pattern = /\$\{(\w+)\}/g;

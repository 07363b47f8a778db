import type {Submission} from '../engine.ts';
import {allocationName, mebibytes, timeWord} from './allocation-words.ts';

type Values = ReadonlyMap<string, string>;

/** The values of a submission for a template: the memory in MiB, the time as hours, minutes and seconds. */
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

const pattern = /\$\{(\w+)\}/g;

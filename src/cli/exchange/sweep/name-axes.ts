import {isName} from '../../../pipeline/source/pipeline-source.ts';

/** The keys of a matrix that are no axes, and those that YAML does not take for text. */
const reserved: ReadonlySet<string> = new Set(['include', 'exclude', 'true', 'false', 'null']);

/**
 * The axes of a sweep: each has the last step of its parameter's name if no other has it, or else the whole name, as far
 * as axes can be called so.
 */
export function nameAxes(params: readonly {readonly name: string}[]): readonly string[] {
  const lasts = params.map(({name}) => name.split('.').at(-1)!);
  const axes: string[] = [];
  for (const [index, {name}] of params.entries()) {
    const last = lasts[index]!;
    const isOnly = lasts.filter((other) => other === last).length === 1;
    const whole = name.replaceAll(/[^A-Za-z0-9_-]+/g, '-');
    const choices = [...(isOnly ? [last] : []), whole, `axis-${index + 1}`];
    axes.push(choices.find((choice) => isAxis(choice) && !axes.includes(choice))!);
  }
  return axes;
}

function isAxis(text: string): boolean {
  return isName(text) && !reserved.has(text.toLowerCase());
}

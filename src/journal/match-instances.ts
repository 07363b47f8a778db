import {closestTo} from '../base/edit-distance.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import {isStage, parseSelector, type Selector} from '../pipeline/graph/selector.ts';

/**
 * The instances of a run that a text refers to, by their names alone: `stage`, `stage[axis=value|value]`, or with `/`
 * between them for nested ones. Axes that are not named are free, and axes of outer stages may be named further in, as
 * in every selector.
 */
export function matchInstances(text: string, ids: Iterable<InstanceId>): readonly InstanceId[] {
  const all = [...ids];
  const exact = all.find((id) => String(id) === text);
  if (exact !== undefined) return [exact];
  const wanted = parseSelector(text);
  if (wanted.kind === 'invalid') return [];
  return all.filter((id) => {
    const named = parseSelector(id);
    return named.kind === 'parsed' && isMeant(wanted.selector, named.selector);
  });
}

/** The instance or stage that was probably meant by a text that matches none. */
export function nearestInstance(text: string, ids: Iterable<InstanceId>): string | undefined {
  const all = [...ids].map(String);
  return closestTo(text, new Set([...all, ...all.map((id) => id.replaceAll(/\[[^\]]*\]/g, ''))]));
}

function isMeant(wanted: Selector, named: Selector): boolean {
  // If two axes have the same name, the inner one counts.
  const values = new Map<string, string>();
  return (
    wanted.steps.length <= named.steps.length &&
    wanted.steps.every(({stage, selection}, depth) => {
      const step = named.steps[depth]!;
      if (!isStage(stage, step.stage.text)) return false;
      for (const [axis, value] of valuesOf(step.selection)) values.set(axis, value);
      if (selection.kind === 'all') return true;
      return selection.choices.every(
        ({axis, values: chosen}) =>
          values.has(axis.text) &&
          (chosen === 'any' || chosen.some(({text}) => text === values.get(axis.text))),
      );
    })
  );
}

/** The values of the axes in an instance's name. */
function valuesOf(selection: Selector['steps'][number]['selection']): ReadonlyMap<string, string> {
  if (selection.kind === 'all') return new Map();
  return new Map(
    selection.choices.map(({axis, values}) => [
      axis.text,
      values === 'any' ? '*' : (values[0]?.text ?? ''),
    ]),
  );
}

import type {RunRequest} from '../../cluster/request.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';

/** What keys cover that is in no text of a request. */
export type RunSurroundings = Pick<RunRequest, 'variables' | 'plugins'>;

/**
 * The variables that are set and passed on to programs, and the code of plugins. Variables with a value in the pipeline are
 * not passed on.
 */
export function surroundingsOfRun({instances}: InstanceGraph): RunSurroundings {
  const variables = new Map<string, string>();
  const plugins = new Map<string, string>();
  for (const {environment, type} of instances.values()) {
    for (const [name, identity] of Object.entries(environment?.identity ?? {})) {
      if (typeof identity === 'object' && 'sha256' in identity)
        variables.set(name, identity.sha256);
    }
    const code = type.plugin?.identity;
    if (code !== undefined) plugins.set(code.sha256, code.name);
  }
  return {variables: sorted(variables), plugins: sorted(plugins)};
}

/** What differs here from where a run was submitted, so that keys would differ, as a sentence; `undefined`: nothing. */
export function differenceIn(
  {variables, plugins}: RunSurroundings,
  graph: InstanceGraph,
  run: string,
): string | undefined {
  const here = surroundingsOfRun(graph);
  const names = Object.keys({...variables, ...here.variables});
  const variable = names.find((name) => variables[name] !== here.variables[name]);
  if (variable !== undefined) {
    return `The variable ${variable} has another value than where run ${run} was submitted.`;
  }
  const [, plugin] =
    Object.entries(plugins).find(([sha256]) => !Object.hasOwn(here.plugins, sha256)) ?? [];
  return plugin && `The plugin ${plugin} has changed since run ${run} was submitted.`;
}

function sorted(entries: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : 1)));
}

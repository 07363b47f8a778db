import {runContract, type Command} from '../../contract/command.ts';
import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {quoted} from '../../diagnostics/show-value.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {Instance} from '../../pipeline/graph/instance.ts';
import {searchProgram} from '../../worker/find-program.ts';

const programType = runContract({}, {}).type;

/**
 * Programs of `run` that are not on the PATH, a diagnostic for each place. An input as the program, and one with a `/` in
 * its name, is not looked for.
 * @param isToRun asked only if a program is missing: what is stored needs none
 */
export async function missingPrograms(
  instances: Iterable<Instance>,
  searched: string | undefined,
  isToRun: (instance: Instance) => boolean = () => true,
): Promise<readonly Diagnostic[]> {
  const log = new DiagnosticLog();
  const users = new Map<string, Instance[]>();
  for (const instance of instances) {
    if (instance.type.contract.type !== programType) continue;
    const [program] = (instance.params as Command).arguments;
    if (typeof program !== 'string') continue;
    const known = users.get(program);
    if (known === undefined) users.set(program, [instance]);
    else known.push(instance);
  }
  for (const [program, those] of users) {
    const found = await searchProgram(program, searched);
    if (found.kind === 'found') continue;
    for (const instance of those.filter(isToRun)) {
      const span = instance.programAt ?? argumentSpan(instance.id);
      const message = `There is no program ${program} on the PATH.`;
      log.error('unknown-program', span, message, {suggestion: quoted(found.near)});
    }
  }
  return log.sorted();
}

import {runContract, type Command} from '../../contract/command.ts';
import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {quoted} from '../../diagnostics/show-value.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {Instance} from '../../pipeline/graph/instance.ts';
import {missingProgramText, searchProgram} from '../../worker/find-program.ts';

const programType = runContract({}, {}).type;

/**
 * Programs of `run` that are not on the PATH or not in the stage's folder, a diagnostic for each place. An input as the
 * program, and one that is given by its whole path, is not looked for.
 * @param isToRun asked only if a program is missing: what is stored needs none
 */
export async function missingPrograms(
  instances: Iterable<Instance>,
  searched: string | undefined,
  isToRun: (instance: Instance) => boolean = () => true,
): Promise<readonly Diagnostic[]> {
  const log = new DiagnosticLog();
  const users = new Map<string, [Instance, ...Instance[]]>();
  for (const instance of instances) {
    if (instance.type.contract.type !== programType) continue;
    const [program] = (instance.params as Command).arguments;
    if (typeof program !== 'string') continue;
    const place = JSON.stringify([program, program.includes('/') && instance.folder]);
    const known = users.get(place);
    if (known === undefined) users.set(place, [instance]);
    else known.push(instance);
  }
  for (const those of users.values()) {
    const [{params, folder}] = those;
    const program = (params as Command).arguments[0] as string;
    const found = await searchProgram(program, {searched, folder});
    if (found.kind === 'found') continue;
    for (const instance of those.filter(isToRun)) {
      const span = instance.programAt ?? argumentSpan(instance.id);
      const message = missingProgramText(program, {folder});
      log.error('unknown-program', span, message, {suggestion: quoted(found.near)});
    }
  }
  return log.sorted();
}

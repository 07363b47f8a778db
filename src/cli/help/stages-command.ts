import {closestTo} from '../../base/edit-distance.ts';
import {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import {stageTypesText, stageTypeText} from '../../report/text/stage-type-text.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {loadRegistry} from '../load-registry.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

/** `pipeline stages [TYPE]`: lists the stage types, or shows the contract of one of them. */
export async function stagesCommand(
  type: string | undefined,
  options: {readonly json?: true},
  world: World,
): Promise<ExitCode> {
  const registry = await loadRegistry(world);
  const contracts = Array.from(registry.values(), ({contract}) => contract);
  if (type === undefined) {
    if (options.json === true) writeJson(contracts, world);
    else world.stdout.write(stageTypesText(contracts));
    return exitCodes.ok;
  }
  const contract = registry.get(type)?.contract;
  if (contract === undefined) {
    reportUnknown(type, [...registry.keys()], world);
    return exitCodes.usage;
  }
  // A contract is plain data.
  if (options.json === true) writeJson(contract, world);
  else world.stdout.write(stageTypeText(contract));
  return exitCodes.ok;
}

function reportUnknown(type: string, types: readonly string[], {faults}: World): void {
  const log = new DiagnosticLog();
  const message = `There is no stage type ${JSON.stringify(type)}; there are ${showNames(types)}.`;
  const suggestion = quoted(closestTo(type, types));
  log.error('unknown-stage-type', argumentSpan(type), message, {suggestion});
  faults.diagnostics(log.sorted());
}

import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import type {StageTypes} from '../plugins/plugin-loader.ts';
import type {Ancestor} from './graph/instance.ts';
import type {HostEnvironment} from './nodes/host-environment.ts';
import type {LocalFiles} from './nodes/local-files.ts';
import type {Scope} from './template/template.ts';

/** How much of something one load may still make, so that a slip does not fill the memory. */
export interface Budget {
  readonly limit: number;
  left: number;
}

/** Where a pipeline is expanded. */
export interface Surroundings {
  readonly scope: Omit<Scope, 'axes'>;
  readonly types: StageTypes;
  /** The instances of stages that lead here, outermost first; empty for the pipeline that is run. */
  readonly within: readonly Ancestor[];
  readonly instances: Budget;
  /** What references to files of the user's lead to. */
  readonly files: LocalFiles;
  /** The variables of the process that loads the pipeline. */
  readonly environment: HostEnvironment;
  readonly log: DiagnosticLog;
}

import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import type {StageTypes} from '../plugins/plugin-loader.ts';
import type {Ancestor} from './graph/instance.ts';
import type {HostEnvironment} from './nodes/host-environment.ts';
import type {LocalFiles} from './nodes/local-files.ts';
import type {Scope} from './template/template.ts';

/** The remaining number of things that one load may make, so that a slip does not fill the memory. */
export interface Budget {
  readonly limit: number;
  left: number;
}

/** The surroundings in which a pipeline is expanded. */
export interface Surroundings {
  readonly scope: Omit<Scope, 'axes'>;
  readonly types: StageTypes;
  /** The instances of the stages that contain this pipeline, outermost first; empty for the pipeline that is run. */
  readonly within: readonly Ancestor[];
  readonly instances: Budget;
  /** The user files that references lead to. */
  readonly files: LocalFiles;
  /** The variables of the process that loads the pipeline. */
  readonly environment: HostEnvironment;
  readonly log: DiagnosticLog;
}

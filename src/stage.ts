/** The exports of `distillery/stage`: everything that a plugin needs to define a stage type. */
export {defineContract} from './contract/contract.ts';
export type {Contract, Given, InputPort, OutputPort} from './contract/contract.ts';
export type {Facts, Fault, KnownInput} from './contract/facts.ts';
export type {Param, Params, ParamValues} from './contract/param.ts';
export {defineStageType} from './contract/registry.ts';
export type {StageCode, StageType} from './contract/registry.ts';
export {StageError, StopRequested} from './contract/stage.ts';
export type {
  Checkpoint,
  CheckpointState,
  EngineChoice,
  Progress,
  StageContext,
  StageRun,
} from './contract/stage.ts';

/** The exports of `distillery/stage`: everything that a plugin needs to define a stage type. */
export type {EngineRequest} from './base/engines.ts';
export {defineContract} from './contract/contract.ts';
export type {Contract, Given, GoesOn, InputPort, OutputPort} from './contract/contract.ts';
export type {Facts, Fault, KnownInput} from './contract/facts.ts';
export type {Container, MediaDefinition} from './contract/media.ts';
export type {Param, Params, ParamValues} from './contract/param.ts';
export {defineStageType} from './contract/registry.ts';
export type {StageCode, StageType} from './contract/registry.ts';
export {StageError, StopRequested} from './contract/stage.ts';
export type {
  Checkpoint,
  CheckpointState,
  Progress,
  StageContext,
  StageRun,
} from './contract/stage.ts';

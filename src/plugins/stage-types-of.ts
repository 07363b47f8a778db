import type {StageType} from '../contract/registry.ts';

/** The export `stageTypes` of a plugin's module; `undefined` if it is not a list of results of `defineStageType`. */
export function stageTypesOf(module: unknown): readonly StageType[] | undefined {
  const {stageTypes, default: whole} = module as {
    readonly stageTypes?: unknown;
    // A CommonJS module may be the default export.
    readonly default?: {readonly stageTypes?: unknown} | null;
  };
  const types = stageTypes ?? whole?.stageTypes;
  return Array.isArray(types) && types.length > 0 && types.every(isStageType) ? types : undefined;
}

function isStageType(value: unknown): value is StageType {
  if (typeof value !== 'object' || value === null) return false;
  const {contract, load} = value as Partial<Record<keyof StageType, unknown>>;
  return typeof contract === 'object' && contract !== null && typeof load === 'function';
}

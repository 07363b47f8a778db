import type {StageType} from '../contract/registry.ts';

/** What a plugin's module exports as `stageTypes`; `undefined` if that is no list of what `defineStageType` gives. */
export function stageTypesOf(module: unknown): readonly StageType[] | undefined {
  const {stageTypes, default: whole} = module as {
    readonly stageTypes?: unknown;
    // A module in CommonJS may come as the default export.
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

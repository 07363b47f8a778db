import type {ValidateFunction} from 'ajv';

/**
 * Checks of parameters by the digest of their schema's text. None as it is written here: the build puts a module with
 * those of all stage types in this one's place (`scripts/compile-checks.mjs`).
 */
export const compiledChecks: Readonly<Record<string, ValidateFunction>> = {};

import type {ValidateFunction} from 'ajv';

/**
 * Compiled checks of parameters, by the digest of their schema's text. This module has none: the build replaces it by
 * one with the checks of all stage types (`scripts/compile-checks.mjs`).
 */
export const compiledChecks: Readonly<Record<string, ValidateFunction>> = {};

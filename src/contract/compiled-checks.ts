/**
 * The texts of expressions that give compiled checks of parameters, by the digest of their schema's text. Texts, since a
 * process needs few of the checks, and parsing all takes longer. This module has none: the build replaces it by one
 * with the checks of all stage types (`scripts/compile-checks.mjs`).
 */
export const compiledChecks: Readonly<Record<string, string>> = {};

/**
 * What the DD-Ranking benchmark measures of a synthetic set, from accuracies as fractions, 0 … 1. Its program puts percent
 * into the exponential, although the definition needs fractions; its scores are therefore others than these.
 */

/** The hard-label recovery: the accuracy that is lost against all real images, both with hard labels. */
export function hardLabelRecovery(fullHard: number, syntheticHard: number): number {
  return fullHard - syntheticHard;
}

/** The improvement over random: the accuracy that is gained against as many real images, by the same recipe. */
export function improvementOverRandom(synthetic: number, random: number): number {
  return synthetic - random;
}

/**
 * The label-robust score, 0 … 1: (e^a − e⁻¹)/(e − e⁻¹) of a = w·IOR − (1−w)·HLR.
 * @param w the weight of the improvement over random
 */
export function labelRobustScore(
  {ior, hlr}: {readonly ior: number; readonly hlr: number},
  w = 0.5,
): number {
  return scoreOf(w * ior - (1 - w) * hlr);
}

/**
 * The augmentation-robust score, 0 … 1: the same of γ·IOR + (1−γ)·IOR without augmentation.
 * @param gamma the weight of the improvement with augmentation
 */
export function augmentationRobustScore(
  {ior, plainIor}: {readonly ior: number; readonly plainIor: number},
  gamma = 0.5,
): number {
  return scoreOf(gamma * ior + (1 - gamma) * plainIor);
}

/** Puts −1 … 1 on 0 … 1. */
function scoreOf(a: number): number {
  return (Math.exp(a) - Math.exp(-1)) / (Math.E - Math.exp(-1));
}

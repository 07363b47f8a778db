/**
 * How the step size α depends on the learned number ρ. `raw`: α = ρ, as in the official program, where a learned α may
 * become negative. `exp`: α = exp(ρ) and `softplus`: α = log(1 + exp(ρ)) are always positive.
 */
export const stepSizeForms = ['raw', 'exp', 'softplus'] as const;
export type StepSizeForm = (typeof stepSizeForms)[number];

interface Form {
  alpha(rho: number): number;
  /** The inverse, for α > 0. */
  rho(alpha: number): number;
  /** dα/dρ */
  slope(rho: number): number;
}

export const stepSizeForm: {readonly [form in StepSizeForm]: Form} = {
  raw: {alpha: (rho) => rho, rho: (alpha) => alpha, slope: () => 1},
  exp: {alpha: Math.exp, rho: Math.log, slope: Math.exp},
  softplus: {
    alpha: (rho) => Math.max(rho, 0) + Math.log1p(Math.exp(-Math.abs(rho))),
    rho: (alpha) => alpha + Math.log(-Math.expm1(-alpha)),
    slope: (rho) => 1 / (1 + Math.exp(-rho)),
  },
};

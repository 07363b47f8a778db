import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';

/**
 * The form of the step size α as a function of the learned number ρ. `raw`: α = ρ, as in the official program, where a learned α may
 * become negative. `exp`: α = exp(ρ) and `softplus`: α = log(1 + exp(ρ)) are always positive.
 */
export const stepSizeForms = ['raw', 'exp', 'softplus'] as const;
export type StepSizeForm = (typeof stepSizeForms)[number];

interface Form {
  /** ρ for α > 0, on the host. */
  rho(alpha: number): number;
  /** α, within a program. */
  alpha(rho: Value): Value;
  /** dα/dρ, within a program. */
  slope(rho: Value): Value;
}

export const stepSizeForm: {readonly [form in StepSizeForm]: Form} = {
  raw: {rho: (alpha) => alpha, alpha: (rho) => rho, slope: ({graph}) => graph.constant(1)},
  exp: {rho: Math.log, alpha: ops.exp, slope: ops.exp},
  softplus: {
    rho: (alpha) => alpha + Math.log(-Math.expm1(-alpha)),
    alpha: softplus,
    slope: ops.sigmoid,
  },
};

/** max(ρ, 0) + log(1 + exp(−|ρ|)) */
function softplus(rho: Value): Value {
  const isPositive = ops.heaviside(rho);
  const size = ops.multiply(rho, ops.subtract(ops.multiply(isPositive, 2), 1));
  const small = ops.exp(ops.multiply(size, -1));
  return ops.add(ops.multiply(rho, isPositive), logOnePlus(small));
}

/** Number of terms of the series: an error of 10⁻¹⁰. */
const terms = 9;

/**
 * log(1 + e) for 0 ≤ e ≤ 1, with as many digits as e has: 2·artanh(z) = 2 Σ z²ᵏ⁺¹/(2k + 1) with z = e/(2 + e). The
 * logarithm of 1 + e in float32 would have none left for a small e.
 */
function logOnePlus(e: Value): Value {
  const z = ops.divide(e, ops.add(e, 2));
  const square = ops.multiply(z, z);
  let sum: Value = ops.multiply(square, 1 / (2 * terms - 1));
  for (let k = terms - 2; k > 0; k--) {
    sum = ops.multiply(ops.add(sum, 1 / (2 * k + 1)), square);
  }
  return ops.multiply(ops.multiply(z, 2), ops.add(sum, 1));
}

/** A summand weight/(x + shift). */
export interface Pole {
  readonly shift: number;
  readonly weight: number;
}

/**
 * Poles whose sum is x^(−1/2) for `ratio` ≤ x ≤ 1, with a relative error of about `tolerance`. The integral
 * x^(−1/2) = 2/π·∫₀^∞ ds/(x + s²) becomes periodic by s = √ratio·sn(u)/cn(u), a quotient of Jacobi's elliptic functions of
 * the parameter 1 − ratio, so that the midpoint rule with n points has an error of about 4·exp(−2π²n/ln(16/ratio)) (Hale,
 * Higham and Trefethen 2008, method 3).
 */
export function inverseRootPoles(ratio: number, tolerance: number): readonly Pole[] {
  const count = Math.ceil((Math.log(4 / tolerance) * Math.log(16 / ratio)) / (2 * Math.PI ** 2));
  const means = arithmeticGeometricMeans(Math.sqrt(ratio));
  const limit = means.at(-1)!.mean;
  return Array.from({length: count}, (_, j) => {
    const angle = amplitude((j + 0.5) / count, means);
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    const delta = Math.hypot(cosine, Math.sqrt(ratio) * sine);
    return {
      shift: ratio * (sine / cosine) ** 2,
      weight: (Math.sqrt(ratio) * delta) / (limit * count * cosine ** 2),
    };
  });
}

interface Mean {
  readonly mean: number;
  /** Half the difference of the two numbers of which it is the mean. */
  readonly half: number;
}

/** The arithmetic means of 1 and this number, with geometric ones between, until they agree. */
function arithmeticGeometricMeans(other: number): readonly Mean[] {
  const means = [{mean: 1, half: Math.sqrt(1 - other * other)}];
  for (let geometric = other; ;) {
    const {mean, half} = means.at(-1)!;
    if (half < 1e-16 * mean || means.length > mostMeans) return means;
    means.push({mean: (mean + geometric) / 2, half: (mean - geometric) / 2});
    geometric = Math.sqrt(mean * geometric);
  }
}

/** More than any float64 needs; without it, two numbers that rounding keeps apart would never agree. */
const mostMeans = 20;

/** The amplitude of Jacobi's functions at this part of the quarter period (Abramowitz and Stegun 16.4). */
function amplitude(part: number, means: readonly Mean[]): number {
  const last = means.length - 1;
  let angle = (2 ** last * Math.PI * part) / 2;
  for (const {mean, half} of means.slice(1).toReversed()) {
    angle = (angle + Math.asin((half * Math.sin(angle)) / mean)) / 2;
  }
  return angle;
}

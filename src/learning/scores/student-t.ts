/**
 * The quantile of Student's t distribution with ν degrees of freedom, which need not be whole: the t with
 * P(|T| ≤ t) = `probability`. The relative error is below 1e-9.
 *
 * The substitution t = √ν·sinh u turns the density, which is proportional to (1 + t²/ν)^(−(ν+1)/2), into cosh(u)^(−ν). So
 * P(|T| ≤ √ν·sinh u) is the share of ∫ cosh^(−ν) that lies below u, and needs no gamma function. Simpson's rule
 * integrates, and bisection finds u.
 * @param probability in (0, 1)
 * @param freedom ν ≥ 1
 */
export function studentQuantile(probability: number, freedom: number): number {
  const end = endOf(freedom);
  const whole = integral(freedom, end);
  let [low, high] = [0, end];
  for (let i = 0; i < bisections; i++) {
    const middle = (low + high) / 2;
    if (integral(freedom, middle) < probability * whole) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.sinh((low + high) / 2);
}

/** Each halves the error. */
const bisections = 50;

/** The even number of Simpson's intervals. */
const intervals = 1000;

/** The u at which the integrand has fallen to e^−30, about 1e−13. */
function endOf(freedom: number): number {
  return Math.acosh(Math.exp(30 / freedom));
}

/** ∫ cosh(u)^(−ν) du from 0 to `end`, by Simpson's rule. */
function integral(freedom: number, end: number): number {
  const step = end / intervals;
  let sum = 0;
  for (let i = 0; i <= intervals; i++) {
    const weight = i === 0 || i === intervals ? 1 : i % 2 === 0 ? 2 : 4;
    sum += weight * Math.exp(-freedom * Math.log(Math.cosh(i * step)));
  }
  return (sum * step) / 3;
}

/**
 * What a function gives; `undefined` if it throws: an estimate that fails is no estimate. Cost models and the `facts` of plugins may meet
 * what their authors did not think of, and a plan or a run is worth more than its estimate.
 */
export function attemptEstimate<T>(estimate: () => T): T | undefined {
  try {
    return estimate();
  } catch {
    return undefined;
  }
}

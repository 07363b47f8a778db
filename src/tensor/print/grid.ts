/** The most workgroups in one dimension that every device allows. */
const most = 65_535;

/**
 * How many workgroups are launched in x and in y for a number of workgroups. There are fewer than `y` too many: printed
 * kernels leave those out.
 */
export function gridOf(groups: number): {readonly x: number; readonly y: number} {
  const y = Math.max(1, Math.ceil(groups / most));
  return {x: Math.ceil(groups / y), y};
}

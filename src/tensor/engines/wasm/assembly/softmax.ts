/** Softmax and log-sum-exp over the last axis, in float64 and without overflow. */
import {partOf, tensor} from './arguments';
import {LogSumExpArguments, SoftmaxArguments} from './kernel-arguments';

export function softmax(
  args: SoftmaxArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const x = tensor(args.x, slots);
  const columns = args.columns;
  const to = tensor(args.to, slots);
  const end = partOf(args.rows, thread + 1, threads);
  for (let row = partOf(args.rows, thread, threads); row < end; row++) {
    const offset = (<usize>(row * columns)) << 2;
    const log = logOfSum(x + offset, columns);
    for (let i = 0; i < columns; i++) {
      const at = offset + ((<usize>i) << 2);
      store<f32>(to + at, <f32>NativeMath.exp(<f64>load<f32>(x + at) - log));
    }
  }
}

export function logSumExp(
  args: LogSumExpArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const x = tensor(args.x, slots);
  const columns = args.columns;
  const to = tensor(args.to, slots);
  const end = partOf(args.rows, thread + 1, threads);
  for (let row = partOf(args.rows, thread, threads); row < end; row++) {
    store<f32>(
      to + ((<usize>row) << 2),
      <f32>logOfSum(x + ((<usize>(row * columns)) << 2), columns),
    );
  }
}

function logOfSum(x: usize, columns: i32): f64 {
  let largest = <f64>load<f32>(x);
  for (let i = 1; i < columns; i++) {
    largest = max<f64>(largest, <f64>load<f32>(x + ((<usize>i) << 2)));
  }
  let sum: f64 = 0;
  for (let i = 0; i < columns; i++) {
    sum += NativeMath.exp(<f64>load<f32>(x + ((<usize>i) << 2)) - largest);
  }
  return largest + NativeMath.log(sum);
}

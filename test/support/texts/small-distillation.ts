/**
 * The stages of a complete distillation of the tiny images, to which others can be added. It takes seconds.
 * @param distilled further parameters of `distilled`, as text
 */
export function smallDistillation({
  epochs,
  iterations,
  maxStartEpoch,
  distilled = '',
}: {
  readonly epochs: number;
  readonly iterations: number;
  readonly maxStartEpoch: number;
  readonly distilled?: string;
}): string {
  return `
stages:
  images: {uses: tiny-images}
  expert:
    uses: train-expert
    matrix: {seed: {count: 2}}
    inputs: {dataset: images.dataset}
    with: {model: ConvNetD1W8, epochs: ${epochs}, batch: 8, seed: '\${matrix.seed}'}
  buffers: {uses: shard-buffers, inputs: {experts: 'expert.trajectory[*]'}}
  distilled:
    uses: distill
    inputs: {dataset: images.dataset, buffers: buffers.buffers}
    with: {ipc: 1, iterations: ${iterations}, steps: 3, expertEpochs: 1, maxStartEpoch: ${maxStartEpoch}, stepSizeRate: 0${distilled}}
`;
}

/** Pipelines of real stage types, of any requested size. */
export interface Shape {
  readonly name: string;
  /** The actual number of instances, near the requested one. */
  readonly instances: number;
  readonly yaml: string;
}

const head = `stages:
  mnist: {uses: download, with: {dataset: mnist}}
  images: {uses: zca, inputs: {dataset: mnist.dataset}, with: {method: standardise}}
`;

/**
 * A source of two stages; two stages, each of whose instances takes the one with the same axis values; and one instance that takes
 * all.
 */
export function layers(about: number): Shape {
  const width = Math.round((about - 3) / 2);
  const yaml = `${withExperts(width)}
  buffer:
    uses: shard-buffers
    matrix: {seed: {count: ${width}}}
    inputs: {experts: expert.trajectory}
  distilled: {uses: distill, inputs: {dataset: images.dataset, transform: images.transform, buffers: "buffer.buffers[*]"}}
`;
  return {name: 'layers', instances: 2 * width + 3, yaml};
}

/** Many instances, one that takes all of them, and many that take that one. */
export function hourglass(width: number): Shape {
  const yaml = `${withExperts(width)}
  buffer: {uses: shard-buffers, inputs: {experts: "expert.trajectory[*]"}}
  distilled:
    uses: distill
    matrix: {seed: {count: ${width}}}
    inputs: {dataset: images.dataset, transform: images.transform, buffers: buffer.buffers}
    with: {seed: "\${matrix.seed}"}
`;
  return {name: `${width} → 1 → ${width}`, instances: 2 * width + 3, yaml};
}

/** Two layers; each instance of the second takes all of the first. */
export function allToAll(width: number): Shape {
  const sizes = Array.from({length: width}, (_, index) => index + 1).join(', ');
  const yaml = `${withExperts(width)}
  buffer:
    uses: shard-buffers
    matrix: {size: [${sizes}]}
    inputs: {experts: "expert.trajectory[*]"}
    with: {shardSize: "\${matrix.size}"}
`;
  return {name: `${width} × ${width}`, instances: 2 * width + 2, yaml};
}

/** A source, and programs each of which takes the result of the one before it. */
export function chain(length: number): Shape {
  const links = Array.from({length: length - 2}, (_, index) => {
    const before = index === 0 ? 'images.dataset' : `link${index - 1}.after`;
    return `  link${index}: {run: [cp, "\${inputs.before}", "\${outputs.after}"], inputs: {before: ${before}}, outputs: {after: dataset}}\n`;
  });
  return {name: 'chain', instances: length, yaml: head + links.join('')};
}

/** A source, and a stage with `count` instances that take it in. */
function withExperts(count: number): string {
  return `${head}
  expert:
    uses: train-expert
    matrix: {seed: {count: ${count}}}
    inputs: {dataset: images.dataset}
    with: {model: ConvNetD3, seed: "\${matrix.seed}"}`;
}

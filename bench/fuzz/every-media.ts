/** A pipeline with every kind of artifact, on a data set so small that it runs in moments. */
export const everyMedia = (iterations: number): string => `
stages:
  images: {uses: download, with: {dataset: mnist}}
  whitened: {uses: zca, inputs: {dataset: images.dataset}}
  expert:
    uses: train-expert
    matrix: {seed: {count: 2}}
    inputs: {dataset: whitened.dataset}
    with: {model: ConvNetD1W8, epochs: 3, batch: 8, seed: '\${matrix.seed}'}
  buffers: {uses: shard-buffers, inputs: {experts: 'expert.trajectory[*]'}}
  distilled:
    uses: distill
    inputs: {dataset: whitened.dataset, transform: whitened.transform, buffers: buffers.buffers}
    with: {ipc: 1, iterations: ${iterations}, steps: 2, expertEpochs: 1, maxStartEpoch: 1, stepSizeRate: 0}
  random:
    uses: coreset
    inputs: {dataset: whitened.dataset, transform: whitened.transform, like: distilled.synthetic}
    with: {method: random}
  scores:
    uses: evaluate
    inputs: {dataset: whitened.dataset, synthetic: distilled.synthetic}
    with: {model: MLP, trials: 2, epochs: 2}
  table: {uses: table, inputs: {scores: 'scores.scores[*]'}}
  other:
    run: [sh, -c, 'echo x > outputs/text.txt; echo "[1]" > outputs/json.json; echo "<svg/>" > outputs/svg.svg; printf "a\\0b" > outputs/file.bin']
    outputs: {text: text, json: json, svg: svg, file: file}
  count:
    run: [sh, -c, 'cat "$@" | wc -c > outputs/text.txt', sh, '\${inputs.a}', '\${inputs.b}', '\${inputs.c}']
    inputs: {a: other.text, b: other.json, c: table.csv}
    outputs: {text: text}
outputs: {table: table.markdown, distilled: distilled.synthetic, picture: distilled.picture, count: count.text, svg: other.svg, json: other.json}
`;

/**
 * A pipeline that uses every feature of pipeline files, for the scripted stage types: texts by path; the first is run.
 */
export const everythingPipeline: Readonly<Record<string, string>> = {
  'p.yaml': `
name: everything
numerics: any
params:
  n: 2
  word: hello
  steps: {small: 1, large: 4}
  size: small
  nested: {a: 2}
stages:
  word:
    uses: say
    matrix:
      seed: {count: '\${params.n}'}
      kind: [a, b]
      exclude: [{seed: 0, kind: b}]
      include: [{seed: 9, kind: c}]
    with: {text: 'say \${params.word} \${matrix.seed} \${matrix.kind}'}
    timeout: 90m
    retry: {crash: 2, out-of-memory: 1}
  long:
    uses: churn
    with: {text: x, steps: '\${params.steps[params.size]}', stopAt: '\${params.nested.a}'}
    resources: {device: 1}
    retry: 1
  size: {uses: measure, matrix: {seed: [0, 1]}, inputs: {of: 'word.out[kind=a]'}}
  cell:
    uses: ./cell.yaml
    matrix: {p: [1, 2]}
    with: {word: 'cell \${matrix.p}'}
  program:
    run: [sh, -c, 'cat "$1" > "$2"', sh, '\${inputs.a}', '\${outputs.copy}', '\${params.word}']
    inputs: {a: long.out, many: ['word.out[*]']}
    outputs: {copy: text, more: json}
    environment: [HOME, LANG=C]
    resources: {gpu: 0.5}
  every: {uses: join, inputs: {parts: ['word.out[seed=0|1,kind=*]', 'cell.out[*]', 'size.out[seed=*]', program.copy]}}
  reckon: {uses: reckon, with: {text: t}, inputs: {of: every.out}}
outputs: {every: every.out, table: 'size.table[seed=1]'}
`,
  'cell.yaml': `
params: {word: w}
stages:
  inner: {uses: say, matrix: {k: [1, 2]}, with: {text: '\${params.word} \${matrix.k}'}}
  joined: {uses: join, inputs: {parts: 'inner.out[*]'}}
outputs: {out: joined.out}
`,
};

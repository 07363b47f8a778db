/**
 * A pipeline that takes in what a run has to look at again: a parameter, a variable (`MOOD`), and a file of the user's
 * (`note.txt`). It has a result for people.
 */
export function notedPipeline({word = 'one', count = 3} = {}): string {
  return `
params: {word: ${word}}
stages:
  said: {uses: say, with: {text: "\${params.word}"}}
  told:
    run: [sh, -c, 'cat "$0" "$1" > "$2"; printf "%s" "$MOOD" >> "$2"', "\${inputs.said}", "\${inputs.note}", "\${outputs.text}"]
    environment: [MOOD]
    inputs: {said: said.out, note: ./note.txt}
    outputs: {text: text}
  many: {uses: say, matrix: {n: {count: ${count}}}, with: {text: "n \${matrix.n}"}}
  all: {uses: join, inputs: {parts: ["many.out[*]"]}}
`;
}

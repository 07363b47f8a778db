/**
 * A program whose output differs a little each time: `node drifting-program.js FILE AMOUNT COUNTER`. The first value of
 * a tensor, and a number of the metadata, are the amount times the number of runs, which is the length of the file
 * COUNTER.
 */
import {appendFileSync, readFileSync, writeFileSync} from 'node:fs';
import {encodeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor} from '../../../src/formats/tensor.ts';

const [file, amount, counter] = process.argv.slice(2) as [string, string, string];
appendFileSync(counter, '.');
const drift = Number(amount) * readFileSync(counter).length;
const tensors = new Map([
  ['moving', float32Tensor(Float32Array.of(drift, 1, 2, 3), [2, 2])],
  ['still', float32Tensor(Float32Array.of(4, 5), [2])],
]);
writeFileSync(file, encodeSafetensors(tensors, {history: JSON.stringify({loss: [drift, 1]})}));

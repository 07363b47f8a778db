/** The experts whose logits are averaged for an image: all, or those that classify it correctly; all if none does. */
export type Averaged = 'all' | 'correct';

/** Adds up the logits of experts for the same images, in float64. */
export class MeanLogits {
  readonly #labels: Int32Array;
  readonly #classes: number;
  readonly #all: Float64Array;
  readonly #correct: Float64Array;
  /** The number of experts that classify each image correctly. */
  readonly #votes: Int32Array;
  #experts = 0;

  /** @param labels the class of each image */
  constructor(labels: Int32Array, classes: number) {
    this.#labels = labels;
    this.#classes = classes;
    this.#all = new Float64Array(labels.length * classes);
    this.#correct = new Float64Array(labels.length * classes);
    this.#votes = new Int32Array(labels.length);
  }

  /** Images that none of the experts classifies correctly. */
  get missed(): number {
    return this.#votes.filter((votes) => votes === 0).length;
  }

  /** Adds the logits of another expert [n, classes]. */
  add(logits: Float32Array): void {
    this.#experts++;
    this.#labels.forEach((label, image) => {
      const begin = image * this.#classes;
      const row = logits.subarray(begin, begin + this.#classes);
      const isCorrect = classOf(row) === label;
      if (isCorrect) this.#votes[image]!++;
      row.forEach((logit, k) => {
        this.#all[begin + k]! += logit;
        if (isCorrect) this.#correct[begin + k]! += logit;
      });
    });
  }

  /** The mean, divided by a temperature and rounded once [n, classes]. */
  mean(averaged: Averaged, temperature: number): Float32Array {
    return Float32Array.from(this.#all, (sum, at) => {
      const votes = averaged === 'all' ? 0 : this.#votes[Math.floor(at / this.#classes)]!;
      const mean = votes === 0 ? sum / this.#experts : this.#correct[at]! / votes;
      return mean / temperature;
    });
  }
}

/** The class that a network gives to an image: that of the first largest logit. */
export function classOf(logits: Float32Array): number {
  return logits.reduce((best, logit, k) => (logit > logits[best]! ? k : best), 0);
}

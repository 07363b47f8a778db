import {chunksOf} from '../batches/chunks-of.ts';

/** Candidates that an expert is asked about at once. */
const asked = 250;

/** Whether an expert, by its number, classifies each of some candidates correctly. */
export type AskExpert = (expert: number, candidates: Int32Array) => Promise<readonly boolean[]>;

/** The choice, in the order in which it was made. */
export interface CorrectChoice {
  readonly chosen: readonly number[];
  /** The number of those at the end that no expert classifies correctly. */
  readonly missed: number;
}

/**
 * Chooses the first candidates that the first expert classifies correctly, in the given order. Where it knows too few, the
 * next expert is asked about the others, and so on. Where all experts together know too few, the first of the others follow.
 */
export async function chooseCorrect(
  order: Int32Array,
  {picks, experts}: {readonly picks: number; readonly experts: number},
  ask: AskExpert,
): Promise<CorrectChoice> {
  const chosen = new Set<number>();
  const others = (): Int32Array => order.filter((candidate) => !chosen.has(candidate));
  for (let expert = 0; expert < experts && chosen.size < picks; expert++) {
    for (const candidates of chunksOf(others(), asked)) {
      const areCorrect = await ask(expert, candidates);
      for (const [i, candidate] of candidates.entries()) {
        if (areCorrect[i] && chosen.size < picks) chosen.add(candidate);
      }
      if (chosen.size === picks) break;
    }
  }
  const rest = others().subarray(0, picks - chosen.size);
  return {chosen: [...chosen, ...rest], missed: rest.length};
}

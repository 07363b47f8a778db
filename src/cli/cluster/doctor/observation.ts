/** One finding of a doctor about a cluster. */
export interface Observation {
  /** `note`: it is good to know, and stops nothing. */
  readonly kind: 'right' | 'wrong' | 'note';
  /** Whole sentences; of what is wrong, also what to do about it. */
  readonly text: string;
}

export function right(text: string): Observation {
  return {kind: 'right', text};
}

export function wrong(text: string): Observation {
  return {kind: 'wrong', text};
}

export function note(text: string): Observation {
  return {kind: 'note', text};
}

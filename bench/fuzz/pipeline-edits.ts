import type {Document} from 'yaml';
import type {Random} from '../../src/learning/random.ts';
import {pick} from './document-nodes.ts';
import {formEdits} from './form-edits.ts';
import {meaningEdits} from './meaning-edits.ts';
import {textEdits} from './text-edits.ts';

/** A pipeline file after some small edits of the kind that users make. */
export function editPipeline(random: Random, text: string, document: Document): string {
  const edited = document.clone();
  const count = 1 + random.integer(3);
  let changed = text;
  for (let left = count; left > 0; left--) {
    // Edits of the form alone keep many cases valid, so that later passes are reached.
    const edits = random.integer(5) < 2 ? formEdits : meaningEdits;
    pick(random, edits)(random, edited);
  }
  try {
    changed = edited.toString({lineWidth: 0});
  } catch {
    // An alias before its anchor cannot be written.
  }
  return random.integer(8) === 0 ? pick(random, textEdits)(random, changed) : changed;
}

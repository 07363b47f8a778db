import {isText} from '../../document/located.ts';
import type {FieldReader} from '../../pipeline/source/field-reader.ts';

/** `-M`, `--clusters` and its abbreviations, but not `--cluster-constraint`. */
const clusters = /^(?:-M|--clu(?:s|st|ste|ster|sters)?(?:=|$))/;

/**
 * The further arguments of `sbatch`. Reports what would send members to another cluster: `squeue` and `scancel`, which
 * find members again and end them, ask the one whose configuration they read.
 */
export function extraWords(reader: FieldReader): readonly string[] {
  const words = reader.words('extra') ?? [];
  const value = reader.value('extra');
  for (const word of value?.kind === 'list' ? value.items : []) {
    if (!isText(word) || !clusters.test(word.value)) continue;
    const message =
      '`extra` cannot name another cluster, since the run would not find its members there again: leave it out, and set the variable SLURM_CONF to the configuration of that cluster where you call `pipeline`, or call it on a machine of that cluster.';
    reader.log.error('bad-value', word.span, message);
  }
  return words;
}

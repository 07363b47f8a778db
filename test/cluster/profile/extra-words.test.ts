import assert from 'node:assert/strict';
import {test} from 'node:test';
import {profileIn} from '../../../src/cluster/profile/read-profile.ts';
import {DiagnosticLog} from '../../../src/diagnostics/diagnostic.ts';

/** The further arguments of the only pool of a profile; or its mistakes. */
function extraOf(profile: string, pool: string): readonly string[] {
  const log = new DiagnosticLog();
  const text = `kind: slurm\nextra: ${profile}\npools:\n  any: {extra: ${pool}}\n`;
  const cluster = profileIn({name: 'hpc.yaml', text}, {cwd: '/'}, log);
  if (cluster !== undefined) return cluster.pools[0]!.extra;
  return log.sorted().map(({code, span, message}) => {
    assert.match(message, /another cluster.*SLURM_CONF/);
    return `${code} ${span.file.text.slice(span.start, span.end)}`;
  });
}

test('further arguments that name another cluster are mistakes, of the profile and of a pool', () => {
  assert.deepEqual(extraOf('[--qos=short, --clusters=b]', '[-M, b]'), [
    'bad-value --clusters=b',
    'bad-value -M',
  ]);
  for (const word of ['-Mb', '--clu=b', '--cluster=b', '--clusters'])
    assert.deepEqual(extraOf(`[${word}]`, '[]'), [`bad-value ${word}`], word);
});

test('arguments that only look like these are passed on', () => {
  assert.deepEqual(extraOf('[--cluster-constraint=big, -m, cyclic]', '[--mem-per-cpu=1G]'), [
    '--cluster-constraint=big',
    '-m',
    'cyclic',
    '--mem-per-cpu=1G',
  ]);
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import type {PlanCosts} from '../../../src/plan/plan-costs.ts';
import {planOnText} from '../../../src/report/text/plan-on-text.ts';
import {poolOf} from '../../support/cluster/small-cluster.ts';

const hour = 3_600_000;
const costs: PlanCosts = {
  plan: new Map(),
  gpuSeconds: 0,
  newBytes: 2e9,
  storedBytes: 0,
  unknown: 0,
  bases: [],
  results: 0,
};

test('work is told in GPU hours where there are GPUs, and with what is not known', () => {
  const of = {start: 'At noon.', script: '#!/bin/bash\n\ntrue\n', command: ['sbatch', 'a b']};
  const text = planOnText({
    cluster: 'hpc',
    costs,
    pools: [
      {
        pool: poolOf({gpus: 2}),
        need: {members: 8, instances: 1376, workMs: 16.5 * hour, unknown: 0},
        ...of,
      },
      {
        pool: poolOf({name: 'cpu'}),
        need: {members: 1, instances: 3, workMs: 2 * hour, unknown: 1},
        ...of,
      },
    ],
    chain: {instances: ['a', 'b'] as string[] as InstanceId[], ms: 3 * hour, unknown: 1},
  });
  assert.equal(
    text,
    `A run on hpc would make 2.0 GB, and ask for:
gpu  8 members for 1,376 instances, about 33 GPU hours
       At noon.
cpu  1 member for 3 instances, about 2 h with one member besides 1 of unknown duration
       At noon.
Longest chain: 2 instances, more than 3 h, which no number of members shortens
       a → b
Each member of gpu runs
  #!/bin/bash

  true
and is asked for by
  sbatch 'a b'
Each member of cpu runs
  #!/bin/bash

  true
and is asked for by
  sbatch 'a b'
`,
  );
});

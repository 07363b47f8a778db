import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Cluster} from '../../../src/cluster/cluster.ts';
import {isProfile} from '../../../src/cluster/profile/parse-profile.ts';
import {profileIn} from '../../../src/cluster/profile/read-profile.ts';
import {DiagnosticLog} from '../../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../../src/diagnostics/format-diagnostics.ts';
import {parseDocument} from '../../../src/document/parse-document.ts';

function clusterOf(text: string): Cluster {
  const log = new DiagnosticLog();
  const cluster = profileIn({name: 'clusters/hpc.yaml', text}, {cwd: '/home/me'}, log);
  return cluster ?? assert.fail(formatDiagnostics(log.sorted()));
}

const hours = 3_600_000;

test('a profile of Slurm has what it says, and its own arguments before those of a pool', () => {
  const cluster = clusterOf(`
x-shape: &shape {cpus: 8, memory: 32G}
kind: slurm
store: /scratch/me
setup: |
  module load nodejs/20
container: [apptainer, exec, --nv, image.sif]
node: /opt/node
extra: [--qos, 7]
wall: 90m
restarts: 0
pools:
  gpu: {<<: *shape, max: 16, gpus: 1, type: a100, time: 4h, partition: [gpu, short], account: proj, constraint: 'a|b', takes: device, extra: [--nice]}
  cpu: {partition: cpu}
`);
  assert.deepEqual(cluster, {
    name: 'hpc',
    file: '/home/me/clusters/hpc.yaml',
    engine: {kind: 'slurm'},
    store: '/scratch/me',
    setup: 'module load nodejs/20\n',
    container: ['apptainer', 'exec', '--nv', 'image.sif'],
    node: '/opt/node',
    wallMs: 1.5 * hours,
    restarts: 0,
    pools: [
      {
        name: 'gpu',
        max: 16,
        gpus: 1,
        type: 'a100',
        cpus: 8,
        memoryBytes: 32 * 2 ** 30,
        timeMs: 4 * hours,
        takes: ['device'],
        partition: ['gpu', 'short'],
        account: 'proj',
        constraint: 'a|b',
        extra: ['--qos', '7', '--nice'],
      },
      {
        name: 'cpu',
        max: 1,
        gpus: 0,
        takes: ['cpu'],
        partition: ['cpu'],
        extra: ['--qos', '7'],
      },
    ],
  });
});

test('without `takes`, what can use GPUs goes to the pools with GPUs, and to any if there are none', () => {
  const takenIn = (pools: string): readonly (readonly string[])[] =>
    clusterOf(`kind: slurm\npools: ${pools}`).pools.map(({takes}) => takes);
  assert.deepEqual(takenIn('{gpu: {gpus: 1}, cpu: {}}'), [['gpu', 'device', 'cpu'], ['cpu']]);
  assert.deepEqual(takenIn('{small: {}, large: {}}'), [
    ['device', 'cpu'],
    ['device', 'cpu'],
  ]);
});

test('what is left out has its default, and a pool with GPUs takes everything', () => {
  const {pools, ...rest} = clusterOf('kind: slurm\npools: {any: {gpus: 2}}');
  assert.deepEqual(rest, {
    name: 'hpc',
    file: '/home/me/clusters/hpc.yaml',
    engine: {kind: 'slurm'},
    setup: '',
    container: [],
    wallMs: hours,
    restarts: 20,
  });
  const takes = ['gpu', 'device', 'cpu'];
  assert.deepEqual(pools, [{name: 'any', max: 1, gpus: 2, takes, partition: [], extra: []}]);
});

test('commands keep their templates', () => {
  const {engine} = clusterOf(`
kind: command
submit: [bsub, -n, 4, "\${script}", "\${n} of \${name}"]
list: [bjobs, "\${name}"]
cancel: [bkill, "\${name}"]
pools: {any: {}}
`);
  assert.deepEqual(engine, {
    kind: 'command',
    submit: ['bsub', '-n', '4', '${script}', '${n} of ${name}'],
    list: ['bjobs', '${name}'],
    cancel: ['bkill', '${name}'],
  });
});

test('machines over SSH have all their GPUs or those that are listed, and a member each', () => {
  const {engine, pools} = clusterOf(`
kind: ssh
hosts: [a, me@b, {host: c, gpus: all}, {host: d, gpus: [0, 2]}, {host: e, gpus: []}]
options: [-p, 2222]
pools: {any: {gpus: 1}, few: {max: 2}}
`);
  assert.deepEqual(engine, {
    kind: 'ssh',
    hosts: [
      {host: 'a'},
      {host: 'me@b'},
      {host: 'c'},
      {host: 'd', gpus: [0, 2]},
      {host: 'e', gpus: []},
    ],
    options: ['-p', '2222'],
  });
  assert.deepEqual(
    pools.map(({max}) => max),
    [5, 2],
  );
});

test('Kubernetes has an image, a volume, and kubectl’s namespace', () => {
  const text = 'kind: kubernetes\nimage: i\nclaim: c\nmountPath: /data\npools: {any: {}}\n';
  const engine = {kind: 'kubernetes', image: 'i', claim: 'c', mountPath: '/data'};
  assert.deepEqual(clusterOf(text).engine, {...engine, namespace: 'default'});
  const more = clusterOf(`${text}namespace: lab\nqueue: gpus\nstore: /data/store\n`);
  assert.deepEqual(more.engine, {...engine, namespace: 'lab', queue: 'gpus'});
});

test('a remote cache is read as in the configuration', () => {
  const {remote} = clusterOf(
    'kind: slurm\npools: {any: {}}\nremote: {url: /shared/cache, trust: all, mode: write}',
  );
  assert.deepEqual(remote, {
    place: {kind: 'folder', folder: '/shared/cache'},
    writes: true,
    trust: 'all',
    keep: [],
  });
});

test('a profile is told from a pipeline', () => {
  const isOne = (text: string): boolean =>
    isProfile(parseDocument({name: 'x.yaml', text}, new DiagnosticLog())!);
  assert.ok(isOne('kind: slurm'));
  assert.ok(isOne('{pools: {}, knid: slurm}'));
  assert.ok(!isOne('kind: mine\nstages: {}'));
  assert.ok(!isOne('stage: {}'));
  assert.ok(!isOne('kind'));
});

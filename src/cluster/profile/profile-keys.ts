import type {JsonObject} from '../../base/json.ts';
import {memoryPattern} from '../../base/parse-memory.ts';
import {timePattern} from '../../pipeline/schema/schema-definitions.ts';
import type {Demand} from '../../pipeline/graph/demand.ts';
import type {ClusterEngineConfig} from '../cluster.ts';

/** The kinds of clusters. */
export type ClusterKind = ClusterEngineConfig['kind'];

export const clusterKinds = [
  'slurm',
  'command',
  'ssh',
  'kubernetes',
] as const satisfies readonly ClusterKind[];

export const demands = ['gpu', 'device', 'cpu'] as const satisfies readonly Demand[];

/** The values of what a profile leaves out. */
export const profileDefaults = {
  /** One member computes everything, only slower. */
  max: 1,
  gpus: 0,
  /**
   * One hour: sites ask for allocations of half an hour and more, since a member costs a wait in the queue, and an hour
   * is soon enough to look at the results on the same day.
   */
  wall: '1h',
  /** Twenty restarts of four hours are three days of work; a person submits again a run that needs more. */
  restarts: 20,
  /** kubectl has the same default. */
  namespace: 'default',
} as const;

/** The names that the commands of `kind: command` may refer to, with their meanings. */
export const commandNames = {
  script: 'the path of the script that starts a member',
  n: 'the number of members',
  name: 'the name of the members of a run',
  gpus: 'the number of GPUs of each',
  cpus: 'the number of CPUs of each',
  memory: 'the memory of each',
  time: 'the time limit of each',
} as const;

const text = {type: 'string', minLength: 1} as const;
const words = {type: 'array', items: {type: ['string', 'number']}} as const;
const time = {type: 'string', pattern: timePattern} as const;
const path = {type: 'string', pattern: '^/'} as const;

/** The keys of every profile, as JSON Schema. */
export const sharedKeys = {
  kind: {
    description: 'How members are started.',
    anyOf: [
      {const: 'slurm', description: 'By `sbatch`.'},
      {const: 'command', description: 'By commands of yours, for other batch systems.'},
      {const: 'ssh', description: 'Over SSH, on machines without a batch system.'},
      {const: 'kubernetes', description: 'By a job of Kubernetes.'},
    ],
  },
  store: {
    ...path,
    description:
      'The absolute path of the store, the same on every machine of the cluster. Default: that of `--store`.',
  },
  setup: {
    type: 'string',
    description: 'Lines of a shell script before a member starts, such as `module load nodejs`.',
    default: '',
  },
  container: {
    ...words,
    description:
      'The command in which a member runs, such as `[apptainer, exec, IMAGE]`. Default: none.',
  },
  node: {
    ...text,
    description: 'The Node.js of members. Default: that of the command that submits.',
  },
  wall: {
    ...time,
    description:
      'The time in which a run should be done: as many members are asked for as that takes, at most `max`.',
    default: profileDefaults.wall,
  },
  restarts: {
    type: 'integer',
    minimum: 0,
    description: 'How many times an allocation is continued after its time was up.',
    default: profileDefaults.restarts,
  },
} as const satisfies JsonObject;

/** The keys of pools that every kind has. */
export const poolKeys = {
  max: {
    type: 'integer',
    minimum: 1,
    description:
      'The largest number of members at a time. Default: 1, with `ssh` the number of hosts.',
  },
  gpus: {
    type: 'integer',
    minimum: 0,
    description: 'The number of GPUs of each member.',
    default: profileDefaults.gpus,
  },
  cpus: {
    type: 'integer',
    minimum: 1,
    description: 'The number of CPUs of each member. Default: what the cluster gives.',
  },
  memory: {
    type: 'string',
    pattern: memoryPattern,
    description: 'The memory of each member, such as `32G` (GiB). Default: what the cluster gives.',
  },
  takes: {
    description:
      'The instances that its members take, by what these ask for: `gpu`, `device`, or `cpu`, which is neither. Default: all with `gpus`; without, `cpu`, and `device` if no pool has GPUs.',
    anyOf: [{enum: demands}, {type: 'array', minItems: 1, items: {enum: demands}}],
  },
} as const satisfies JsonObject;

const timeKey = {
  ...time,
  description: 'The time limit of an allocation. Default: none is asked for.',
};
const extraKey = {...words, description: 'Further arguments of `sbatch`.'};
const poolType = {
  ...text,
  description: 'The type of the GPUs, as the cluster calls it, such as `a100`.',
};

function template(of: string): JsonObject {
  return {...words, minItems: 1, description: `The command that ${of}; it starts without a shell.`};
}

const namesText = Object.entries(commandNames)
  .map(([name, meaning]) => `\`\${${name}}\` is ${meaning}`)
  .join(', ');

/** The keys that only one kind has, those of its pools, and which of them are needed. */
export const kindKeys = {
  slurm: {
    keys: {extra: {...extraKey, description: `${extraKey.description} They hold for all pools.`}},
    required: [],
    pool: {
      time: timeKey,
      type: poolType,
      partition: {
        description: 'A partition, or several of which any will do. Default: that of the cluster.',
        anyOf: [text, {type: 'array', minItems: 1, items: text}],
      },
      account: {...text, description: 'The account that pays.'},
      constraint: {...text, description: 'Features that nodes must have, such as `a100|h100`.'},
      extra: extraKey,
    },
  },
  command: {
    keys: {
      submit: template(`asks for members. In all three commands, ${namesText}`),
      list: template('lists those of a run'),
      cancel: template('ends those of a run'),
    },
    required: ['submit', 'list', 'cancel'],
    pool: {time: timeKey},
  },
  ssh: {
    keys: {
      hosts: {
        type: 'array',
        minItems: 1,
        description: 'The machines, as `ssh` knows them, each with the GPUs that members may use.',
        items: {
          anyOf: [
            text,
            {
              type: 'object',
              required: ['host'],
              additionalProperties: false,
              properties: {
                host: {...text, description: 'The name of the machine, as `ssh` knows it.'},
                gpus: {
                  description: 'The indices of the GPUs that a member there may use.',
                  default: 'all',
                  anyOf: [
                    {const: 'all'},
                    {type: 'array', items: {type: 'integer', minimum: 0}, uniqueItems: true},
                  ],
                },
              },
            },
          ],
        },
      },
      options: {...words, description: 'Arguments of `ssh`, such as `[-p, 2222]`.'},
    },
    required: ['hosts'],
    pool: {},
  },
  kubernetes: {
    keys: {
      image: {...text, description: 'The image of the container in which members run.'},
      namespace: {
        ...text,
        description: 'The namespace of the jobs.',
        default: profileDefaults.namespace,
      },
      claim: {...text, description: 'The claim of the volume that holds the store.'},
      mountPath: {...path, description: 'Where the volume is mounted: an absolute path.'},
      queue: {...text, description: 'The local queue of Kueue. Default: none.'},
    },
    required: ['image', 'claim', 'mountPath'],
    pool: {time: timeKey, type: poolType},
  },
} as const satisfies Readonly<
  Record<
    ClusterKind,
    {readonly keys: JsonObject; readonly required: readonly string[]; readonly pool: JsonObject}
  >
>;

/** The keys that hold a value of a mapping with a grammar of its own. */
export const nestedKeys = ['pools', 'remote'] as const;

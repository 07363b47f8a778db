import type {JsonObject} from '../base/json.ts';

/** The JSON Schema of `remote`: its keys are the grammar of `parseRemoteConfig`. */
export const remoteSchema = {
  type: 'object',
  description: 'The remote cache through which results are shared with other machines.',
  required: ['url'],
  additionalProperties: false,
  properties: {
    url: {
      type: 'string',
      description:
        'Where it is: `s3://bucket/prefix`, `https://user:password@host/path`, or the path of a folder.',
    },
    endpoint: {
      type: 'string',
      description: 'The address of a service that speaks S3’s protocol. Default: Amazon’s.',
    },
    region: {type: 'string', description: 'The region of the bucket.', default: 'us-east-1'},
    mode: {
      enum: ['read', 'write'],
      description: 'Whether runs put their results there.',
      default: 'read',
    },
    trusted: {
      type: 'object',
      description: 'The public keys of those whose results are used, by name.',
      additionalProperties: {type: 'string'},
    },
    trust: {const: 'all', description: 'Use results without a signature, of everybody.'},
    sign: {
      type: 'object',
      description: 'The private key that signs results.',
      required: ['name', 'key'],
      additionalProperties: false,
      properties: {
        name: {type: 'string', description: 'The name of the key under `trusted`.'},
        key: {type: 'string', description: 'The absolute path of the file with the key.'},
      },
    },
    insecure: {type: 'boolean', description: 'Allow http:// to another machine.', default: false},
    credentials: {
      type: 'array',
      description: 'A command that prints the credentials for S3 as JSON.',
      items: {type: 'string'},
    },
    keep: {
      type: 'array',
      description: 'Stage types whose bulky outputs are shared, too.',
      items: {type: 'string'},
    },
  },
} as const satisfies JsonObject;

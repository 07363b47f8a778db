import type {JsonObject} from '../../base/json.ts';
import {remoteSchema} from '../../remote/remote-schema.ts';
import {clusterKinds, kindKeys, poolKeys, sharedKeys, type ClusterKind} from './profile-keys.ts';

/**
 * The JSON Schema (draft 7) of the profiles of clusters, for editors: the meaning of each key, and defaults. It accepts
 * every valid profile.
 */
export function profileSchema(): JsonObject {
  const ofKinds = clusterKinds.flatMap((kind) => Object.keys(kindKeys[kind].keys));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    description:
      'The profile of a cluster: how members of a run are started there, and their shapes.',
    type: 'object',
    required: ['kind', 'pools'],
    additionalProperties: false,
    // Whatever the author likes, such as anchors.
    patternProperties: {'^x-': {doNotSuggest: true}},
    properties: {
      ...sharedKeys,
      pools: {
        type: 'object',
        description: 'The shapes of members, by names of your choice.',
        minProperties: 1,
        propertyNames: {pattern: '^[A-Za-z][A-Za-z0-9_-]*$'},
      },
      remote: remoteSchema,
      // Editors suggest a key where its schema is more than `true`: those of one kind are described for that kind.
      ...Object.fromEntries(ofKinds.map((key) => [key, true])),
    },
    allOf: clusterKinds.map((kind) => ({
      if: {required: ['kind'], properties: {kind: {const: kind, doNotSuggest: true}}},
      // oxlint-disable-next-line unicorn/no-thenable -- a key of JSON Schema
      then: {$ref: `#/definitions/${kind}`},
    })),
    definitions: Object.fromEntries(clusterKinds.map((kind) => [kind, kindSchema(kind)])),
  };
}

function kindSchema(kind: ClusterKind): JsonObject {
  const {keys, required, pool} = kindKeys[kind];
  const foreign = clusterKinds
    .flatMap((other) => Object.keys(kindKeys[other].keys))
    .filter((key) => !Object.hasOwn(keys, key));
  return {
    required,
    not: {anyOf: foreign.map((key) => ({required: [key]}))},
    properties: {
      ...keys,
      pools: {
        additionalProperties: {
          type: 'object',
          additionalProperties: false,
          properties: {...poolKeys, ...pool},
        },
      },
    },
  };
}

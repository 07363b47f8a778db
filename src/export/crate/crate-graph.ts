import type {Digest} from '../../base/digest.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import {addAttempts, addRun} from './actions.ts';
import {addSoftware} from './citation.ts';
import type {CrateSource} from './crate-source.ts';
import {Entities, pathId, type Entity, type Reference} from './entity.ts';
import {ArtifactEntities, artifactsOf} from './file-entities.ts';
import {licenseOf} from './license.ts';
import {personOf} from './person.ts';
import {describeRun} from './readme.ts';
import {addTools, isUserFile, outputsOf} from './tools.ts';
import {addWorkflow, type WorkflowFile} from './workflow.ts';

/** A text that tells of a result, of a run or of the crate. */
export interface Evidence {
  readonly path: string;
  readonly name: string;
  readonly encodingFormat: string;
  readonly content: string;
  readonly sha256: Digest;
  /** The `@id` of what it is about. */
  readonly about: string;
}

export const metadataFile = 'ro-crate-metadata.json';

const specification = 'https://w3id.org/ro/crate/1.1';
const workflowCrate = 'https://w3id.org/workflowhub/workflow-ro-crate/1.0';
/** The profiles of RO-Crate that a crate of a run follows; those of workflows only with the file of the pipeline. */
const processProfile = profile('https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate');
const workflowProfiles = [
  profile('https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate'),
  profile('https://w3id.org/ro/wfrun/provenance/0.5', 'Provenance Run Crate'),
  profile(workflowCrate, 'Workflow RO-Crate'),
];

/**
 * The JSON-LD of a crate.
 * @param inside the paths of the artifacts in it
 */
export function crateGraph(
  source: CrateSource,
  files: {
    readonly inside: ReadonlyMap<Digest, string>;
    readonly pipeline?: WorkflowFile;
    readonly evidence: readonly Evidence[];
  },
): object {
  const {account, results, citation, planned} = source;
  const entities = new Entities();
  const roles = addTools(source, entities);
  const known = artifactsOf(results, {inside: files.inside, roles, media: source.media});
  const artifacts = new ArtifactEntities(entities, known);
  const agent = source.authors.map((author) => personOf(author, entities));
  const workflow = addWorkflow(source, files.pipeline, entities);
  const into = {entities, artifacts, agent};
  const toolOfStage = (instance: string): Reference => workflow.tools.get(stageOf(instance))!;
  const attempts = addAttempts(source, toolOfStage, into);
  const userFiles = results.filter(isUserFile).flatMap(({record}) => outputsOf(record));
  const made = [...files.inside.keys()].map((digest) => artifacts.refer(digest));
  const mentions = addRun(
    source,
    {
      workflow: workflow.entity,
      software: addSoftware(citation, planned.facts?.version ?? 'unknown', entities),
      object: [...workflow.values, ...userFiles.map((digest) => artifacts.refer(digest))],
      result: made,
      attempts,
      stepOf: (instance) => workflow.steps.get(stageOf(instance))!,
    },
    into,
  );
  const evidence = files.evidence.map((one) => entities.add(evidenceOf(one)));
  const main = files.pipeline === undefined ? [] : [workflow.entity];
  const profiles = [processProfile, ...(main.length > 0 ? workflowProfiles : [])];
  const root: Entity = {
    '@id': './',
    '@type': 'Dataset',
    name: `${planned.name}: run ${account.run}`,
    description: describeRun(source),
    identifier: account.run,
    datePublished: new Date(account.lastMs).toISOString(),
    license: licenseOf(source.license, entities),
    author: agent,
    conformsTo: profiles.map((one) => entities.add(one)),
    mainEntity: main,
    hasPart: [...main, ...evidence, ...artifacts.parts],
    mentions,
  };
  return {
    '@context': [`${specification}/context`, 'https://w3id.org/ro/terms/workflow-run/context'],
    '@graph': [descriptorOf(main.length > 0), root, ...entities.all].map(compacted),
  };
}

/** The entity that stands for the metadata file itself. */
function descriptorOf(isWorkflow: boolean): Entity {
  const specifications = [specification, ...(isWorkflow ? [workflowCrate] : [])];
  return {
    '@id': metadataFile,
    '@type': 'CreativeWork',
    about: {'@id': './'},
    conformsTo: specifications.map((id) => ({'@id': id})),
  };
}

function profile(id: string, name: string): Entity {
  return {'@id': id, '@type': ['CreativeWork', 'Profile'], name, version: id.split('/').at(-1)!};
}

function evidenceOf({path, name, encodingFormat, content, sha256, about}: Evidence): Entity {
  return {
    '@id': pathId(path),
    '@type': 'File',
    name,
    encodingFormat,
    contentSize: String(Buffer.byteLength(content)),
    sha256,
    about: {'@id': about},
  };
}

/** An entity without empty properties, and with single values for lists of one, as compacted JSON-LD has them. */
function compacted(entity: Entity): object {
  const fields = Object.entries(entity).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!Array.isArray(value)) return [[name, value] as const];
    if (value.length === 0) return [];
    const isSingle = value.length === 1 && name !== 'hasPart' && name !== 'conformsTo';
    return [[name, isSingle ? (value[0] as unknown) : value] as const];
  });
  return Object.fromEntries(fields);
}

import type {Digest} from '../../base/digest.ts';
import type {JsonObject} from '../../base/json.ts';
import {fileContract} from '../../contract/command.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {CrateSource} from './crate-source.ts';
import {localId, pathId, type Entities, type Reference} from './entity.ts';
import {dataTypeOf, isUserFile, plainValue, toolOf} from './tools.ts';

/** The pipeline of a run as a crate tells it. */
export interface Workflow {
  readonly entity: Reference;
  /** The values of its parameters in the run. */
  readonly values: readonly Reference[];
  /** The step that a stage is, by the stage's name. */
  readonly steps: ReadonlyMap<string, Reference>;
  /** The software of each stage. */
  readonly tools: ReadonlyMap<string, Reference>;
}

/** The pipeline file of a crate. */
export interface WorkflowFile {
  readonly path: string;
  readonly sha256: Digest;
  /** In bytes. */
  readonly size: number;
}

/** @param file absent: the text of the pipeline file was not kept */
export function workflowId(file: Pick<WorkflowFile, 'path'> | undefined): string {
  return file === undefined ? localId('pipeline') : pathId(file.path);
}

/** @param file as in `workflowId` */
export function addWorkflow(
  source: CrateSource,
  file: WorkflowFile | undefined,
  entities: Entities,
): Workflow {
  const {planned} = source;
  const tools = toolsOf(source, entities);
  const steps = addSteps(source, tools, entities);
  const params = addParams(planned.params ?? {}, entities);
  const version = planned.facts?.version;
  const language = entities.add({
    '@id': localId('language'),
    '@type': 'ComputerLanguage',
    name: 'Pipeline file of Distillery',
    alternateName: 'Distillery',
    version,
  });
  const entity = entities.add({
    '@id': workflowId(file),
    '@type': [
      ...(file === undefined ? [] : ['File']),
      'SoftwareSourceCode',
      'ComputationalWorkflow',
      'HowTo',
    ],
    name: planned.name,
    description: 'The pipeline: its stages, and how results flow.',
    encodingFormat: file === undefined ? undefined : 'application/yaml',
    contentSize: file === undefined ? undefined : String(file.size),
    sha256: file?.sha256,
    version: planned.facts?.commit ?? file?.sha256,
    programmingLanguage: language,
    conformsTo: {'@id': 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE'},
    input: params.map(({param}) => param),
    hasPart: [...new Map(Array.from(tools.values(), (tool) => [tool['@id'], tool])).values()],
    step: [...steps.values()],
  });
  return {entity, values: params.map(({value}) => value), steps, tools};
}

/** The software of each stage: that of its first result, or without one what the pipeline names. */
function toolsOf(
  {planned, results}: CrateSource,
  entities: Entities,
): ReadonlyMap<string, Reference> {
  const tools = new Map<string, Reference>();
  for (const result of results) {
    const stage = stageOf(result.instance);
    if (!isUserFile(result) && !tools.has(stage)) tools.set(stage, toolOf(result));
  }
  for (const [stage, {type}] of planned.stages.nodes) {
    if (type === fileContract.type || tools.has(stage)) continue;
    const isProgram = type === 'run';
    const tool = entities.add({
      '@id': localId(...(isProgram ? ['program', stage] : ['stage-type', type])),
      '@type': 'SoftwareApplication',
      name: isProgram ? stage : type,
      description: isProgram ? 'A program that the pipeline runs.' : 'A stage type.',
    });
    tools.set(stage, tool);
  }
  return tools;
}

function addSteps(
  {planned}: CrateSource,
  tools: ReadonlyMap<string, Reference>,
  entities: Entities,
): ReadonlyMap<string, Reference> {
  const steps = new Map<string, Reference>();
  for (const [stage, {description}] of planned.stages.nodes) {
    const tool = tools.get(stage);
    if (tool === undefined) continue;
    const step = entities.add({
      '@id': localId('stage', stage),
      '@type': 'HowToStep',
      name: stage,
      description,
      position: String(steps.size + 1),
      workExample: tool,
    });
    steps.set(stage, step);
  }
  return steps;
}

/** The parameters of a pipeline with their values. */
function addParams(
  params: JsonObject,
  entities: Entities,
): readonly {readonly param: Reference; readonly value: Reference}[] {
  return Object.entries(params).map(([name, json]) => {
    const param = entities.add({
      '@id': localId('pipeline', 'params', name),
      '@type': 'FormalParameter',
      name,
      additionalType: dataTypeOf(json),
    });
    return {
      param,
      value: entities.add({
        '@id': localId('params', name),
        '@type': 'PropertyValue',
        name,
        value: plainValue(json),
        exampleOfWork: param,
      }),
    };
  });
}

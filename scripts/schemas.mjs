// Writes schemas/: of pipelines and stages from the built stage registry, of profiles of clusters, and of project files.
// Usage: node scripts/schemas.mjs [--check]: with --check writes nothing and exits 1 when a file is stale.
import {fileURLToPath} from 'node:url';
import {profileSchema} from '../dist/src/cluster/profile/profile-schema.js';
import {projectSchema} from '../dist/src/cli/project/project-schema.js';
import {pipelineSchema, stageTypeSchema} from '../dist/src/pipeline/schema/json-schema.js';
import {mediaOf} from '../dist/src/contract/registry.js';
import {registry} from '../dist/stages/registry.js';
import {writeGenerated} from './generated.mjs';

const stages = Array.from(registry.values(), ({contract}) => [
  `stages/${contract.type}.schema.json`,
  JSON.stringify(stageTypeSchema(contract, mediaOf(registry))),
]);
await writeGenerated(fileURLToPath(new URL('../schemas', import.meta.url)), /\.schema\.json$/, {
  'pipeline.schema.json': JSON.stringify(pipelineSchema(registry)),
  'cluster.schema.json': JSON.stringify(profileSchema()),
  'project.schema.json': JSON.stringify(projectSchema),
  ...Object.fromEntries(stages),
});

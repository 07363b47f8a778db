// Writes docs/reference/ from the built program: contracts, commander, schemas, and the fixtures of diagnostics.
// Usage: node scripts/references.mjs [--check]: with --check writes nothing and exits 1 if a page is stale.
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import {pipelineSchema} from '../dist/src/pipeline/schema/json-schema.js';
import {profileSchema} from '../dist/src/cluster/profile/profile-schema.js';
import {registry} from '../dist/stages/registry.js';
import {protocols} from '../dist/stages/shared/protocols.js';
import {writeGenerated} from './generated.mjs';
import {clusterPage} from './reference/cluster.mjs';
import {commandsPage} from './reference/commands.mjs';
import {diagnosticsPage} from './reference/diagnostics.mjs';
import {pipelineFilePage} from './reference/pipeline-file.mjs';
import {protocolsPage} from './reference/protocols.mjs';
import {stageTypesPage} from './reference/stage-types.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const contracts = Array.from(registry.values(), ({contract}) => contract);
await writeGenerated(path.join(root, 'docs/reference'), /\.md$/, {
  'stage-types.md': stageTypesPage(contracts),
  'commands.md': commandsPage(),
  'diagnostics.md': diagnosticsPage(root),
  'cluster.md': clusterPage(profileSchema()),
  'pipeline-file.md': pipelineFilePage(pipelineSchema(registry)),
  'protocols.md': protocolsPage(protocols),
});

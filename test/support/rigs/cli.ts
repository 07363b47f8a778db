/**
 * The real program with stage types for tests (scripted ones by default), checkpoints at every offer, and failpoints
 * that a test may set.
 */
import {installationOf} from '../../../src/cli/installation.ts';
import {runCli} from '../../../src/cli/run-cli.ts';
import {countOomKills} from '../../../src/executors/local/out-of-memory.ts';
import {worldOf} from '../../../src/cli/world.ts';

const stageTypes = process.env['PIPELINE_TEST_STAGES'] ?? 'scripted';
const versions = process.env['PIPELINE_TEST_VERSIONS'] ?? '';
const world = worldOf(process, {
  ...installationOf(new URL('../../../src/cli/main.js', import.meta.url).href),
  registryModule: new URL(`../registries/${stageTypes}-registry.js?${versions}`, import.meta.url)
    .href,
  engineProbeModule: new URL('../registries/scripted-engine-probe.js', import.meta.url).href,
});
const failpoint = process.env['PIPELINE_FAILPOINT'];

const heapOptions = process.env['PIPELINE_WORKER_OPTIONS'];

/** Separates the test's claims from those of other runs of the machine. */
const hostFolder = process.env['PIPELINE_TEST_HOST_FOLDER'];

process.exitCode = await runCli(process.argv.slice(2), {
  ...world,
  commandLine: {...world.commandLine, program: 'pipeline'},
  cores: 2,
  ...(hostFolder === undefined ? {} : {hostFolder: {...world.hostFolder, path: hostFolder}}),
  waits: {
    ...world.waits,
    checkpointIntervalMs: 0,
    backOffMs: 0,
    quietMs: Number(process.env['PIPELINE_QUIET_MS'] ?? world.waits.quietMs),
  },
  // A file of the test replaces that of the control group.
  countOomKills: () => countOomKills([process.env['PIPELINE_OOM_FILE'] ?? '']),
  workerEnvironment: {
    ...world.workerEnvironment,
    ...(failpoint === undefined ? {} : {PIPELINE_FAILPOINT: failpoint}),
    ...(heapOptions === undefined ? {} : {NODE_OPTIONS: heapOptions}),
  },
});

/** The real program with scripted stage types, checkpoints at every offer, and failpoints that a test may set. */
import {runCli} from '../../src/cli/run-cli.ts';
import {worldOf} from '../../src/cli/world.ts';

const world = worldOf(process, {
  registryModule: new URL('scripted-registry.js', import.meta.url).href,
  engineProbeModule: new URL('scripted-engine-probe.js', import.meta.url).href,
});
const failpoint = process.env['PIPELINE_FAILPOINT'];

process.exitCode = await runCli(process.argv.slice(2), {
  ...world,
  cores: 2,
  checkpointIntervalMs: 0,
  workerEnvironment: {
    ...world.workerEnvironment,
    ...(failpoint === undefined ? {} : {PIPELINE_FAILPOINT: failpoint}),
  },
});

/** The real program with scripted stage types, checkpoints at every offer, and failpoints that a test may set. */
import {runCli} from '../../src/cli/run-cli.ts';
import {worldOf} from '../../src/cli/world.ts';

const world = worldOf(process, {
  registryModule: new URL('scripted-registry.js', import.meta.url).href,
  engineProbeModule: new URL('scripted-engine-probe.js', import.meta.url).href,
});
const failpoint = process.env['PIPELINE_FAILPOINT'];

const args = process.argv.slice(2);
if (args[0] === 'run') args.push('--checkpoint-interval', '0');

process.exitCode = await runCli(args, {
  ...world,
  commandLine: {...world.commandLine, program: 'pipeline'},
  cores: 2,
  workerEnvironment: {
    ...world.workerEnvironment,
    ...(failpoint === undefined ? {} : {PIPELINE_FAILPOINT: failpoint}),
  },
});

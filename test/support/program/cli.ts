/** The real program in the world of tests, in a process of its own. */
import {runCli} from '../../../src/cli/run-cli.ts';
import {worldOf} from '../../../src/cli/world.ts';
import {testInstallation, testWorld} from './test-world.ts';

const world = worldOf(process, testInstallation(import.meta.url, process.env));
process.exitCode = await runCli(process.argv.slice(2), testWorld(world, process.env));

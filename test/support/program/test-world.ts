/**
 * The world of the real program in tests: stage types for tests (scripted ones by default), checkpoints at every offer,
 * and failpoints that a test may set.
 */
import {installationOf, type Installation} from '../../../src/cli/installation.ts';
import type {ProcessWorld} from '../../../src/cli/world.ts';
import {findPciGpus} from '../../../src/executors/local/pci-gpus.ts';
import {countOomKills} from '../../../src/executors/local/out-of-memory.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The installation with the stage types that the environment names.
 * @param program URL of a module of this folder, sources or bundle
 */
export function testInstallation(program: string, environment: Environment): Installation {
  const stageTypes = environment['PIPELINE_TEST_STAGES'] ?? 'scripted';
  const versions = environment['PIPELINE_TEST_VERSIONS'] ?? '';
  const registry = `../registries/${stageTypes}-registry.js?${versions}`;
  return {
    ...installationOf(new URL('../../../src/cli/main.js', program).href),
    registryModule: new URL(registry, program).href,
    engineProbeModule: new URL('../registries/scripted-engine-probe.js', program).href,
  };
}

/** A world with the conditions of tests in place of those of a machine. */
export function testWorld(world: ProcessWorld, environment: Environment): ProcessWorld {
  const failpoint = environment['PIPELINE_FAILPOINT'];
  const heapOptions = environment['PIPELINE_WORKER_OPTIONS'];
  // Separates the test's claims from those of other runs of the machine.
  const hostFolder = environment['PIPELINE_TEST_HOST_FOLDER'];
  const pciFolder = environment['PIPELINE_TEST_PCI_FOLDER'];
  return {
    ...world,
    commandLine: {...world.commandLine, program: 'pipeline'},
    cores: 2,
    ...(hostFolder === undefined ? {} : {hostFolder: {...world.hostFolder, path: hostFolder}}),
    // Hides the GPUs of the machine.
    findPciGpus: () =>
      pciFolder === undefined
        ? []
        : findPciGpus({descriptions: `${pciFolder}/drm`, devices: `${pciFolder}/dri`}),
    waits: {
      ...world.waits,
      checkpointIntervalMs: 0,
      backOffMs: 0,
      quietMs: Number(environment['PIPELINE_QUIET_MS'] ?? world.waits.quietMs),
      beatMs: Number(environment['PIPELINE_BEAT_MS'] ?? world.waits.beatMs),
      silenceMs: Number(environment['PIPELINE_SILENCE_MS'] ?? world.waits.silenceMs),
      stopPollMs: Number(environment['PIPELINE_STOP_POLL_MS'] ?? world.waits.stopPollMs),
      stopBeforeMs: Number(environment['PIPELINE_STOP_BEFORE_MS'] ?? world.waits.stopBeforeMs),
      idleMs: Number(environment['PIPELINE_IDLE_MS'] ?? world.waits.idleMs),
      probeMs: Number(environment['PIPELINE_PROBE_MS'] ?? world.waits.probeMs),
      lookMs: Number(environment['PIPELINE_LOOK_MS'] ?? world.waits.lookMs),
      askMs: Number(environment['PIPELINE_ASK_MS'] ?? world.waits.askMs),
    },
    // A file of the test replaces that of the control group.
    countOomKills: () => countOomKills([environment['PIPELINE_OOM_FILE'] ?? '']),
    workerEnvironment: {
      ...world.workerEnvironment,
      ...(failpoint === undefined ? {} : {PIPELINE_FAILPOINT: failpoint}),
      ...(heapOptions === undefined ? {} : {NODE_OPTIONS: heapOptions}),
    },
  };
}

import type {EngineRequest} from '../../../src/base/engines.ts';
import type {ProbedEngine} from '../../../src/cli/options/probe-engine.ts';

/** An engine that uses GPUs without an address, which are NVIDIA's in tests. For others there are no drivers. */
export function probeEngine(
  {name, gpu, gpuAddress}: EngineRequest,
  {isAnew}: {readonly isAnew: boolean},
): Promise<ProbedEngine> {
  const why = [`asked for ${name}`, isAnew ? 'measured' : 'known'];
  const found = {name: 'scripted', description: 'a fake', why};
  if (!gpu) return Promise.resolve({...found, usesGpu: false});
  if (gpuAddress === undefined) {
    return Promise.resolve({
      ...found,
      usesGpu: true,
      trials: [{name: 'scripted', milliseconds: 2}],
    });
  }
  const refusals = ['first', 'second'].map((engine) => ({name: engine, refusal: 'No driver.'}));
  return Promise.resolve({...found, usesGpu: false, trials: refusals});
}

import {startWebGpuEngine} from '../../../../src/tensor/engines/webgpu/start-webgpu-engine.ts';
import {gpuSuite} from '../../../support/engines/gpu/gpu-suite.ts';

await gpuSuite(
  'webgpu',
  async (tile) => {
    const {engine} = await startWebGpuEngine({tile, software: true});
    return engine;
  },
  {half: 1, isQuick: false},
);

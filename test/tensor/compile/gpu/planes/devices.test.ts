import {test} from 'node:test';
import type {Extents} from '../../../../../src/tensor/compile/gpu/node.ts';
import type {Dispatch} from '../../../../../src/tensor/kernels/kernel.ts';
import {printOpenCl} from '../../../../../src/tensor/print/opencl.ts';
import {printWgsl} from '../../../../../src/tensor/print/wgsl.ts';
import {planeCase, type PlaneCase} from '../../../../support/engines/gpu/check-planes.ts';
import {launchKernel} from '../../../../support/engines/kernels/launch-kernel.ts';
import {startOpenClLauncher} from '../../../../support/engines/kernels/launch-opencl.ts';
import {startWgslLauncher} from '../../../../support/engines/kernels/launch-wgsl.ts';
import type {Launcher} from '../../../../support/engines/kernels/launcher.ts';
import {NodeGraph} from '../../../../support/engines/gpu/node-graph.ts';

/** One kernel with every kind of member, on planes that neither pools nor tiles nor threads fill. */
function everyMember(): PlaneCase {
  const graph = new NodeGraph();
  const images: Extents = [2, 7, 9, 8];
  const pooled: Extents = [2, 3, 4, 8];
  const size = {tile: 4, pad: 1} as const;
  const points = graph.input(NodeGraph.points('transformOutput', images, size));
  const y = graph.norm(graph.map('transformOutput', points, images, size));
  const out = graph.of({kind: 'maxPool', size: 2}, graph.of({kind: 'sigmoid'}, y));
  graph.map('transformInput', out, pooled, {tile: 2, pad: 1});
  const under = NodeGraph.points('transformInput', pooled, size);
  const back = graph.map('transformInputTranspose', graph.input(under), pooled, size);
  const total = graph.add(
    graph.of({kind: 'maxPoolScatter', size: 2}, y, back),
    graph.of({kind: 'avgPoolTranspose', size: 2, shape: images}, back),
  );
  graph.map('transformOutputTranspose', graph.multiply(total, graph.pixelSum(total)), images, size);
  return planeCase(graph, [out, total, graph.of({kind: 'maxPoolGather', size: 2}, y, total)]);
}

function testOn(
  name: string,
  print: (dispatch: Dispatch) => string,
  start: () => Promise<Launcher | undefined>,
): void {
  test(`a kernel on planes gives on ${name} what float64 gives`, async (context) => {
    const launcher = await start();
    if (launcher === undefined) {
      if (process.env['CI'] !== undefined) throw new Error(`There is no device for ${name}`);
      context.skip(`there is no device for ${name}`);
      return;
    }
    try {
      const {kernel, memories, check} = everyMember();
      check(await launchKernel(launcher, print, kernel, memories));
    } finally {
      launcher.close();
    }
  });
}

testOn('WebGPU', printWgsl, startWgslLauncher);
testOn('OpenCL', printOpenCl, () => Promise.resolve(startOpenClLauncher()));

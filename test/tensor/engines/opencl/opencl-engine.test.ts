import {test} from 'node:test';
import {createModel} from '../../../../src/learning/models/catalog.ts';
import {initialTheta, splitParams} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {startOpenClEngine} from '../../../../src/tensor/engines/opencl/start-opencl-engine.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import {program} from '../../../../src/tensor/program.ts';
import {agree} from '../../../support/engines/engine-suite.ts';
import {gpuSuite, type ClosableEngine, type Tile} from '../../../support/engines/gpu/gpu-suite.ts';
import {unlessUnavailable} from '../../../support/engines/gpu/software-gpu.ts';
import {waves} from '../../../support/texts/waves.ts';

async function start(tile: Tile): Promise<ClosableEngine> {
  const {engine} = await startOpenClEngine({tile, software: true});
  return engine;
}

await gpuSuite('opencl', start, {half: 0, isQuick: true});

test('opencl: kernels with barriers that share a level agree with float64', async (t) => {
  const engine = await unlessUnavailable(() => start(4));
  if (typeof engine === 'string') {
    t.skip(engine);
    return;
  }
  const input = {height: 28, width: 28, channels: 1};
  const model = createModel('ConvNetD2W16', {input, classes: 10});
  const theta = Float64Array.from(initialTheta(model, new Random(0, 'init')));
  const graph = new Graph();
  const images = graph.input('images', [2, 28, 28, 1]);
  const params = splitParams(model, graph.input('theta', [theta.length]));
  const network = program({logits: model.apply(params, images).logits});
  await agree(engine, network, {...waves(network.inputs), theta});
  engine.close();
});

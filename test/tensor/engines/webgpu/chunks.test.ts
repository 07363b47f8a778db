/** Programs that are divided by images, on a device that seems to allow small bindings only. */
import assert from 'node:assert/strict';
import {compileForGpu} from '../../../../src/tensor/compile/gpu/compile.ts';
import {GpuEngine} from '../../../../src/tensor/engines/gpu/gpu-engine.ts';
import {agree} from '../../../support/engines/engine-suite.ts';
import {webGpuTest} from '../../../support/engines/gpu/software-gpu.ts';
import {studentPrograms} from '../../../support/engines/learning-programs.ts';
import {smallNetworks} from '../../../support/engines/small-networks.ts';
import {waves} from '../../../support/texts/waves.ts';

webGpuTest(
  'a batch that is divided by images is computed right, with the same bytes twice',
  async (device) => {
    let groups: readonly string[] = [];
    const engine = new GpuEngine(device, {
      name: 'webgpu',
      tile: 4,
      compile(program, {limits, tile}) {
        const small = {...limits, bindings: 8, bindingBytes: 6144};
        const compiled = compileForGpu(program, {limits: small, tile});
        for (const {size} of compiled.arenas) assert.ok(4 * size <= small.bindingBytes);
        groups = compiled.dispatches.flatMap(({labels}) => labels);
        return compiled;
      },
    });
    // All images have 8192 bytes after the convolution.
    const [step] = studentPrograms(smallNetworks['shallow']!, {size: 8, channels: 1, batch: 4});
    const data = waves(step.inputs);
    await agree(engine, step, data, 2e-5);
    assert.ok(groups.some((label) => label.startsWith('planes 2×8×8×8')));
    const executable = engine.compile(step);
    const inputs = Object.fromEntries(
      [...step.inputs].map(([name, shape]) => [
        name,
        engine.upload(Float32Array.from(data[name]!), shape),
      ]),
    );
    const bytes = async (): Promise<Uint8Array> => {
      const {theta} = executable.run(inputs) as Readonly<Record<'theta', never>>;
      return new Uint8Array((await engine.read(theta)).buffer);
    };
    assert.deepEqual(await bytes(), await bytes());
  },
);

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {listDevices} from '../../../../src/tensor/engines/opencl/cl-devices.ts';
import {openLibraries} from '../../../../src/tensor/engines/opencl/cl-libraries.ts';
import {OpenClDevice} from '../../../../src/tensor/engines/opencl/opencl-device.ts';
import {softwareDevice} from '../../../support/engines/gpu/opencl.ts';

/** PoCL's own library, which OpenCL's loader would load. */
const pocl = {library: 'libpocl.so.2', platform: 'Portable Computing Language'};
const direct = await softwareDevice({loader: 'libnone.so', drivers: [pocl]});

test(
  'a driver is used without OpenCL’s loader if that is missing',
  {skip: direct.skip},
  async () => {
    assert.ok(direct.skip === false);
    const device = new OpenClDevice(
      direct.found,
      () =>
        '__kernel void main_kernel(__global float *out) { out[get_global_id(0)] = get_group_id(0); }',
    );
    const memory = device.allocate(16);
    const dispatch = {labels: ['count'], threads: 2, groups: 2, shared: 0, bindings: [], body: []};
    device.launch(device.prepare(dispatch), [memory]);
    const [numbers] = await device.read([{memory, size: 4}]);
    assert.deepEqual([...numbers!], [0, 0, 1, 1]);
    device.free(memory);
    device.close();
  },
);

test(
  'a driver that the loader lists is not opened a second time',
  {skip: direct.skip},
  async () => {
    const {libraries} = await openLibraries({loader: 'libOpenCL.so.1', drivers: [pocl]});
    assert.equal(listDevices(libraries).filter(({kind}) => kind === 'cpu').length, 1);
  },
);

test('without libraries there are no devices, and each missing library is told', async () => {
  const {libraries, problems} = await openLibraries({
    loader: 'libnone.so',
    drivers: [{library: 'libnothing.so', platform: 'Nothing'}],
  });
  assert.deepEqual(libraries, []);
  assert.equal(problems.length, 2);
  assert.match(problems[0]!, /^libnone\.so: /);
  assert.match(problems[1]!, /^libnothing\.so: /);
});

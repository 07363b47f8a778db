import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CapacityError, DeviceLostError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {clError} from '../../../../src/tensor/engines/opencl/cl-error.ts';

test('codes become the errors that the engine acts on', () => {
  assert.equal(clError(0, 'clFinish'), undefined);
  assert.ok(clError(-4, 'clEnqueueNDRangeKernel') instanceof CapacityError);
  assert.ok(clError(-5, 'clCreateBuffer') instanceof CapacityError);
  assert.ok(clError(-5, 'clWaitForEvents') instanceof DeviceLostError);
  assert.ok(clError(-2, 'clFlush') instanceof DeviceLostError);
  assert.ok(clError(-36, 'clFlush') instanceof DeviceLostError);
  assert.equal(clError(-52, 'clFlush')?.name, 'Error');
});

test('messages have the call, and the name of the code if it has one', () => {
  assert.match(clError(-36, 'clFlush')!.message, /clFlush: CL_INVALID_COMMAND_QUEUE, -36/);
  assert.match(clError(-77, 'clFlush')!.message, /clFlush: -77/);
});

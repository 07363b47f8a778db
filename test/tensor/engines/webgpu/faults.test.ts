import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  CapacityError,
  DeviceLostError,
  DriverError,
  ShaderError,
} from '../../../../src/tensor/engines/gpu/errors.ts';
import {Faults} from '../../../../src/tensor/engines/webgpu/faults.ts';

/** The part of a device that tells of errors. Scopes answer when they are told to. */
function errorDevice() {
  const events = new EventTarget();
  const filters: string[] = [];
  const scopes = new Map<
    string,
    {answer: (error: {message: string} | null) => void; fail: () => void}
  >();
  let lose: (info: {message: string}) => void = () => undefined;
  const device = {
    lost: new Promise((resolve) => (lose = resolve)),
    addEventListener: events.addEventListener.bind(events),
    queue: {onSubmittedWorkDone: () => new Promise((resolve) => setImmediate(resolve))},
    pushErrorScope: (filter: string) => filters.push(filter),
    popErrorScope: () =>
      new Promise((answer, reject) =>
        scopes.set(filters.pop()!, {answer, fail: () => reject(new Error('gone'))}),
      ),
  };
  class GPUValidationError {
    readonly message = 'invalid buffer';
  }
  class GPUOutOfMemoryError {
    readonly message = 'none left';
  }
  class GPUInternalError {
    readonly message = 'VK_ERROR_UNKNOWN';
  }
  const tell = (error: object): void => {
    events.dispatchEvent(Object.assign(new Event('uncapturederror', {cancelable: true}), {error}));
  };
  return {
    faults: new Faults(device as unknown as GPUDevice),
    /** Answers one scope with an error, and all others with none. */
    answer: (only?: string, message = '') =>
      scopes.forEach(({answer}, filter) => answer(filter === only ? {message} : null)),
    fail: () => scopes.forEach(({fail}) => fail()),
    lose: (message: string) => lose({message}),
    tellInvalid: () => tell(new GPUValidationError()),
    tellFull: () => tell(new GPUOutOfMemoryError()),
    tellInternal: () => tell(new GPUInternalError()),
  };
}

test('without an error there is no fault', async () => {
  const {faults, answer} = errorDevice();
  assert.equal(
    faults.watch(
      () => 7,
      () => new ShaderError('x'),
    ),
    7,
  );
  answer();
  await faults.check();
});

test('a memory that could not be had counts as the cause of what failed after it', async () => {
  const {faults, answer, tellInvalid} = errorDevice();
  const asked = faults.lacksMemory(() => undefined);
  tellInvalid();
  answer('out-of-memory');
  assert.equal(await asked, true);
  faults.note(new CapacityError('no room for 8 GB'));
  await assert.rejects(faults.check(), new CapacityError('no room for 8 GB'));
  await assert.rejects(faults.check(), CapacityError);
});

for (const filter of ['validation', 'internal']) {
  test(`a kernel that is refused (${filter}) counts as the cause of a command that was refused before that was known`, async () => {
    const {faults, answer, tellInvalid} = errorDevice();
    faults.watch(
      () => undefined,
      (message) => new ShaderError(`kernel: ${message}`),
    );
    tellInvalid();
    answer(filter, 'too many registers');
    await assert.rejects(faults.check(), new ShaderError('kernel: too many registers'));
  });
}

test('a driver that fails elsewhere has not lost the device, unless the device says so', async () => {
  const failed = errorDevice();
  failed.tellInternal();
  failed.tellInvalid();
  const expected = new DriverError('The GPU’s driver failed: VK_ERROR_UNKNOWN');
  await assert.rejects(failed.faults.check(), expected);
  const lost = errorDevice();
  lost.tellInternal();
  const checked = lost.faults.check();
  lost.lose('VK_ERROR_DEVICE_LOST');
  await assert.rejects(checked, new DeviceLostError('The GPU was lost: VK_ERROR_DEVICE_LOST'));
});

test('errors that nobody watched for are told by their sort', async () => {
  const invalid = errorDevice();
  invalid.tellInvalid();
  await assert.rejects(invalid.faults.check(), /refuses a command: invalid buffer/);
  const full = errorDevice();
  full.tellFull();
  await assert.rejects(full.faults.check(), CapacityError);
});

test('a wait that is aborted fails because the device is lost, even if scopes are never answered', async () => {
  const {faults, fail, lose} = errorDevice();
  faults.watch(
    () => undefined,
    () => new ShaderError('x'),
  );
  const reason = faults.reason(Object.assign(new Error('unmapped'), {name: 'AbortError'}));
  lose('GPU has fallen off the bus');
  fail();
  assert.deepEqual(
    await reason,
    new DeviceLostError('The GPU was lost: GPU has fallen off the bus'),
  );
});

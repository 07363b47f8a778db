import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  CapacityError,
  DeviceLostError,
  ShaderError,
} from '../../../../src/tensor/engines/gpu/errors.ts';
import {Faults} from '../../../../src/tensor/engines/webgpu/faults.ts';

/** The part of a device that tells of errors. Scopes answer when they are told to. */
function errorDevice() {
  const events = new EventTarget();
  const scopes: {answer: (error: {message: string} | null) => void; fail: () => void}[] = [];
  let lose: (info: {message: string}) => void = () => undefined;
  const device = {
    lost: new Promise((resolve) => (lose = resolve)),
    addEventListener: events.addEventListener.bind(events),
    pushErrorScope: () => undefined,
    popErrorScope: () =>
      new Promise((answer, reject) => scopes.push({answer, fail: () => reject(new Error('gone'))})),
  };
  class GPUValidationError {
    readonly message = 'invalid buffer';
  }
  class GPUOutOfMemoryError {
    readonly message = 'none left';
  }
  const tell = (error: object): void => {
    events.dispatchEvent(Object.assign(new Event('uncapturederror', {cancelable: true}), {error}));
  };
  return {
    faults: new Faults(device as unknown as GPUDevice),
    scopes,
    lose: (message: string) => lose({message}),
    tellInvalid: () => tell(new GPUValidationError()),
    tellFull: () => tell(new GPUOutOfMemoryError()),
  };
}

test('without an error there is no fault', async () => {
  const {faults, scopes} = errorDevice();
  assert.equal(
    faults.watch(
      () => 7,
      () => new ShaderError('x'),
    ),
    7,
  );
  scopes[0]!.answer(null);
  await faults.check();
});

test('a memory that could not be had counts as the cause of what failed after it', async () => {
  const {faults, scopes, tellInvalid} = errorDevice();
  const asked = faults.lacksMemory(() => undefined);
  tellInvalid();
  scopes[0]!.answer({message: 'VK_ERROR_OUT_OF_DEVICE_MEMORY'});
  assert.equal(await asked, true);
  faults.note(new CapacityError('no room for 8 GB'));
  await assert.rejects(faults.check(), new CapacityError('no room for 8 GB'));
  await assert.rejects(faults.check(), CapacityError);
});

test('a refused kernel counts as the cause of a command that was refused before that was known', async () => {
  const {faults, scopes, tellInvalid} = errorDevice();
  faults.watch(
    () => undefined,
    (message) => new ShaderError(`kernel: ${message}`),
  );
  tellInvalid();
  scopes[0]!.answer({message: 'type mismatch'});
  await assert.rejects(faults.check(), new ShaderError('kernel: type mismatch'));
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
  const {faults, scopes, lose} = errorDevice();
  faults.watch(
    () => undefined,
    () => new ShaderError('x'),
  );
  const reason = faults.reason(Object.assign(new Error('unmapped'), {name: 'AbortError'}));
  lose('GPU has fallen off the bus');
  scopes[0]!.fail();
  assert.deepEqual(
    await reason,
    new DeviceLostError('The GPU was lost: GPU has fallen off the bus'),
  );
});

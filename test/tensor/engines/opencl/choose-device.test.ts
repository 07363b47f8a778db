import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chooseDevice, type Candidate} from '../../../../src/tensor/engines/opencl/choose-device.ts';
import {pciAddressOf} from '../../../../src/tensor/engines/opencl/cl-devices.ts';

const addresses = ['0000:19:00.0', '0000:3b:00.0', '0000:4c:00.0', '0000:5d:00.0'];
const four: readonly Candidate[] = addresses.map((pciAddress) => ({
  name: 'NVIDIA H100 80GB HBM3',
  kind: 'gpu',
  pciAddress,
}));
const cpu: Candidate = {name: 'cpu-haswell', kind: 'cpu'};

test('each of four equal cards is found by its PCI address', () => {
  for (const pciAddress of addresses) {
    assert.equal(chooseDevice([cpu, ...four], {pciAddress}).pciAddress, pciAddress);
  }
});

test('no other card is taken for one that is not listed', () => {
  const wish = {pciAddress: '0000:99:00.0'};
  assert.throws(() => chooseDevice(four, wish), /does not list the GPU at 0000:99:00\.0/);
  const unnamed = four.map(({name, kind}): Candidate => ({name, kind}));
  assert.throws(() => chooseDevice(unnamed, wish), /does not list the GPU at 0000:99:00\.0/);
});

test('without an address, the only card is taken and none of several', () => {
  const unnamed: Candidate = {name: 'NVIDIA H100 80GB HBM3', kind: 'gpu'};
  assert.equal(chooseDevice([cpu, unnamed], {}), unnamed);
  assert.equal(chooseDevice([four[0]!, four[0]!], {}), four[0]);
  assert.throws(() => chooseDevice(four, {}), /which of them may be used is not known/);
  assert.throws(() => chooseDevice([unnamed, unnamed], {}), /which of them may be used/);
});

test('a GPU whose driver tells no address is taken only if the machine has no other', () => {
  const unnamed: Candidate = {name: 'Radeon', kind: 'gpu'};
  const pciAddress = '0000:19:00.0';
  assert.equal(chooseDevice([unnamed, cpu], {pciAddress, isOnlyGpu: true}), unnamed);
  const refusal =
    /OpenCL lists Radeon without a PCI address, so it may be another GPU of this machine than the one at 0000:19:00\.0\. Install a newer driver, or use --engine webgpu\./;
  assert.throws(() => chooseDevice([unnamed, cpu], {pciAddress, isOnlyGpu: false}), refusal);
  assert.throws(() => chooseDevice([unnamed], {pciAddress}), refusal);
  assert.throws(() => chooseDevice([unnamed], {isOnlyGpu: false}), /than the one that is held/);
  // The list has its address, and it is another.
  assert.throws(() => chooseDevice([four[1]!], {pciAddress, isOnlyGpu: true}), /does not list/);
});

test('a driver that computes on the CPU is used only if it is asked for', () => {
  assert.throws(() => chooseDevice([cpu], {}), /lists no GPU, only cpu-haswell/);
  assert.throws(
    () => chooseDevice([], {}),
    /lists no GPU\. The OpenCL driver of the card’s maker has to be installed/,
  );
  assert.equal(chooseDevice([cpu], {software: true}), cpu);
  // Another instance may hold the card.
  assert.equal(chooseDevice([four[0]!, cpu], {software: true}), cpu);
  assert.throws(() => chooseDevice([four[0]!], {software: true}), /no driver that computes on/);
  assert.throws(() => chooseDevice([], {software: true}), /no driver that computes on/);
});

/** A device that answers only what it is told to, by key. */
function answering(answers: Readonly<Record<number, readonly number[]>>) {
  return (key: number, size: number): Buffer | undefined => {
    const bytes = answers[key];
    return bytes && Buffer.concat([Buffer.from(bytes)], size);
  };
}

test('PCI addresses are read as OpenCL, NVIDIA and AMD tell them', () => {
  const khr = [0, 0, 0, 0, 0xc1, 0, 0, 0, 0x1f, 0, 0, 0, 7, 0, 0, 0];
  assert.equal(pciAddressOf(answering({0x410f: khr})), '0000:c1:1f.7');
  const nvidia = {0x4008: [0x3b, 0, 0, 0], 0x4009: [0x0a, 0, 0, 0], 0x400a: [1, 0, 0, 0]};
  assert.equal(pciAddressOf(answering(nvidia)), '0001:3b:01.2');
  const amd = [1, 0, 0, 0, ...Array.from<number>({length: 17}).fill(0), 0x83, 0, 1];
  assert.equal(pciAddressOf(answering({0x4037: amd})), '0000:83:00.1');
  assert.equal(pciAddressOf(answering({})), undefined);
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {UnavailableError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {selectCard} from '../../../../src/tensor/engines/webgpu/select-card.ts';
import {
  whichAdapter,
  type VulkanCard,
} from '../../../../src/tensor/engines/webgpu/which-adapter.ts';

const name = 'NVIDIA H100 80GB HBM3';
const addresses = ['0000:19:00.0', '0000:3b:00.0', '0000:4c:00.0', '0000:5d:00.0'] as const;
const four: readonly VulkanCard[] = addresses.map((pciAddress) => ({
  name,
  isSoftware: false,
  pciAddress,
}));
const lavapipe: VulkanCard = {name: 'llvmpipe', isSoftware: true};

test('four equal cards are ambiguous, none is taken for another', () => {
  for (const pciAddress of addresses) {
    const choice = whichAdapter([...four, lavapipe], {pciAddress});
    assert.ok(choice.kind === 'ambiguous' && choice.pciAddress === pciAddress);
    assert.match(choice.message, /4 GPUs whose names contain NVIDIA H100.*--engine opencl/);
  }
});

test('with Mesa’s layer, each of four equal cards is found: it hides the others', () => {
  for (const pciAddress of addresses) {
    const environment: Record<string, string | undefined> = {};
    // What Vulkan lists with the layer.
    const list = (): readonly VulkanCard[] =>
      four.filter(
        (card) =>
          environment['DRI_PRIME'] === undefined ||
          environment['DRI_PRIME'] === `pci-${card.pciAddress!.replace(/[:.]/g, '_')}!`,
      );
    assert.equal(selectCard(environment, list, {pciAddress}), name);
    assert.deepEqual(
      list().map((card) => card.pciAddress),
      [pciAddress],
    );
    // A process may use several of them.
    const [other] = addresses.filter((address) => address !== pciAddress);
    assert.equal(selectCard(environment, list, {pciAddress: other}), name);
    assert.deepEqual(
      list().map((card) => card.pciAddress),
      [other],
    );
  }
});

test('without the layer, the engine is unavailable and the environment as it was', () => {
  const environment = {DRI_PRIME: '1'};
  assert.throws(
    () => selectCard(environment, () => four, {pciAddress: addresses[2]}),
    UnavailableError,
  );
  assert.deepEqual(environment, {DRI_PRIME: '1'});
  const empty = {};
  assert.throws(() => selectCard(empty, () => four, {pciAddress: addresses[2]}), UnavailableError);
  assert.deepEqual(empty, {});
});

test('a card is named if no other card’s name contains its own', () => {
  const [small, large] = [
    {name: 'AMD Radeon', isSoftware: false, pciAddress: '0000:03:00.0'},
    {name: 'AMD Radeon PRO', isSoftware: false, pciAddress: '0000:04:00.0'},
  ];
  assert.deepEqual(whichAdapter([large, small, lavapipe], large), {
    kind: 'named',
    name: 'AMD Radeon PRO',
  });
  // Dawn would take the first whose name contains "AMD Radeon".
  assert.equal(whichAdapter([large, small], small).kind, 'ambiguous');
  // Two drivers of one card are one card.
  assert.equal(whichAdapter([{...large, pciAddress: small.pciAddress}, small]).kind, 'named');
});

test('without an address, the only GPU is taken and none of several', () => {
  assert.deepEqual(whichAdapter([lavapipe, four[0]!]), {kind: 'named', name});
  assert.equal(whichAdapter(four).kind, 'unknown');
  assert.equal(whichAdapter([{name: 'A', isSoftware: false}, four[0]!]).kind, 'unknown');
  assert.equal(whichAdapter([lavapipe]).kind, 'none');
  assert.equal(whichAdapter([]).kind, 'none');
  assert.equal(
    selectCard({}, () => [lavapipe]),
    undefined,
  );
});

test('a GPU whose driver tells no address is taken if the machine has no other', () => {
  const untold: VulkanCard = {name, isSoftware: false};
  const [pciAddress] = addresses;
  const isOnlyGpu = true;
  assert.deepEqual(whichAdapter([untold, lavapipe], {pciAddress, isOnlyGpu}), {
    kind: 'named',
    name,
  });
  assert.deepEqual(whichAdapter([untold], {isOnlyGpu}), {kind: 'named', name});
  assert.deepEqual(whichAdapter([untold]), {kind: 'named', name});
  assert.equal(whichAdapter([untold, untold], {pciAddress, isOnlyGpu}).kind, 'unknown');
  assert.equal(whichAdapter([untold, untold]).kind, 'unknown');
  assert.equal(whichAdapter(four, {pciAddress: '0000:99:00.0'}).kind, 'unknown');
  // The list has its address, and it is another.
  assert.equal(whichAdapter([four[1]!], {pciAddress, isOnlyGpu}).kind, 'unknown');
});

test('a GPU whose driver tells no address is refused where it may be another, with what to do', () => {
  const untold: VulkanCard = {name, isSoftware: false};
  for (const wanted of [{pciAddress: addresses[1], isOnlyGpu: false}, {pciAddress: addresses[1]}]) {
    assert.deepEqual(whichAdapter([untold, lavapipe], wanted), {
      kind: 'unknown',
      message:
        'Vulkan lists NVIDIA H100 80GB HBM3 without a PCI address, so it may be another GPU of this machine than the one at 0000:3b:00.0. Install a newer driver, or use --engine opencl.',
    });
  }
  const choice = whichAdapter([untold], {isOnlyGpu: false});
  assert.match(choice.kind === 'unknown' ? choice.message : '', /than the one that is held/);
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as koffi from 'koffi';
import {listVulkanCards} from '../../../../src/tensor/engines/webgpu/vulkan-cards.ts';
import type {VulkanCard} from '../../../../src/tensor/engines/webgpu/which-adapter.ts';

test('Vulkan’s devices are listed by their names', (t) => {
  let cards: readonly VulkanCard[];
  try {
    cards = listVulkanCards(koffi);
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    t.skip(String(error));
    return;
  }
  assert.ok(cards.length > 0);
  for (const {name, isSoftware, pciAddress} of cards) {
    assert.match(name, /^[ -~]{3,}$/);
    assert.equal(isSoftware, /llvmpipe|swiftshader/i.test(name));
    if (pciAddress !== undefined)
      assert.match(pciAddress, /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/);
  }
});

test('a missing library is an error', () => {
  assert.throws(() => listVulkanCards(koffi, 'libnone.so'), /cannot open|Failed to load/);
});

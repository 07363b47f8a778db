import {UnavailableError} from '../gpu/errors.ts';
import {importKoffi} from '../gpu/import-koffi.ts';
import {listVulkanCards} from './vulkan-cards.ts';
import {whichAdapter, type VulkanCard, type WantedCard} from './which-adapter.ts';

/**
 * Finds the name by which Dawn takes the GPU that may be used, on a system with Vulkan. Call this before Dawn is loaded.
 * @returns `undefined` if Vulkan lists no GPU
 * @throws UnavailableError if that GPU is not listed, or cannot be told from others
 */
export async function findCardName(
  environment: Record<string, string | undefined>,
  wanted: WantedCard,
): Promise<string | undefined> {
  const koffi = await importKoffi('Vulkan is asked which card is which');
  try {
    return selectCard(environment, () => listVulkanCards(koffi), wanted);
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    const message = `Vulkan does not list its devices: ${(error as Error).message}. \`vulkaninfo --summary\` (package vulkan-tools) shows what is wrong with its drivers.`;
    throw new UnavailableError(message, {cause: error});
  }
}

/** The variable of Mesa's device selection layer: with `!`, Vulkan lists this device only, whoever made its driver. */
const selection = 'DRI_PRIME';

/** What was there before we chose a card: another card is looked for among all that there were. */
const originals = new WeakMap<object, {readonly value: string | undefined}>();

/**
 * Chooses a name from what Vulkan lists. Where several GPUs have that name, it hides the others by
 * Mesa's layer, and looks whether that has worked.
 * @param listCards lists Vulkan's devices, as the environment then is
 */
export function selectCard(
  environment: Record<string, string | undefined>,
  listCards: () => readonly VulkanCard[],
  wanted: WantedCard = {},
): string | undefined {
  const original = originals.get(environment) ?? {value: environment[selection]};
  assign(environment, original.value);
  const choice = whichAdapter(listCards(), wanted);
  if (choice.kind === 'named') return choice.name;
  if (choice.kind === 'none') return undefined;
  if (choice.kind === 'unknown') throw new UnavailableError(choice.message);
  originals.set(environment, original);
  environment[selection] = `pci-${choice.pciAddress.replace(/[:.]/g, '_')}!`;
  const again = whichAdapter(listCards(), {...wanted, pciAddress: choice.pciAddress});
  if (again.kind === 'named') return again.name;
  assign(environment, original.value);
  throw new UnavailableError(choice.message);
}

function assign(environment: Record<string, string | undefined>, value: string | undefined): void {
  if (value === undefined) delete environment[selection];
  else environment[selection] = value;
}

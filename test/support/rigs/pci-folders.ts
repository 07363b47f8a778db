import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';

/** A GPU as the kernel describes it. */
export interface DescribedGpu {
  readonly address: string;
  readonly vendor: string;
  readonly memoryBytes?: number;
  /** Whether there is a file through which it can be used. */
  readonly isThere?: boolean;
}

/** Writes what the kernel would say of GPUs, in the folders `drm` and `dri`. */
export async function writePciFolders(
  folder: string,
  gpus: readonly DescribedGpu[],
): Promise<{readonly descriptions: string; readonly devices: string}> {
  const [descriptions, devices] = [path.join(folder, 'drm'), path.join(folder, 'dri')];
  await mkdir(devices, {recursive: true});
  for (const [index, {address, vendor, memoryBytes, isThere = true}] of gpus.entries()) {
    const name = `renderD${128 + index}`;
    const own = path.join(descriptions, name, 'device');
    await mkdir(own, {recursive: true});
    await mkdir(path.join(descriptions, `card${index}`));
    await writeFile(path.join(own, 'vendor'), `${vendor}\n`);
    await writeFile(path.join(own, 'device'), '0x744c\n');
    await writeFile(path.join(own, 'uevent'), `DRIVER=test\nPCI_SLOT_NAME=${address}\n`);
    if (memoryBytes !== undefined) {
      await writeFile(path.join(own, 'mem_info_vram_total'), `${memoryBytes}\n`);
    }
    if (isThere) await writeFile(path.join(devices, name), '');
  }
  return {descriptions, devices};
}

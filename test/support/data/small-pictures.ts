import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {encode} from 'fast-png';

/** Writes four training pictures of 32×32 for each of two classes, and the same number of test pictures. */
export async function writePictures(to: string): Promise<void> {
  for (const split of ['train', 'test']) {
    for (const [label, name] of ['dark', 'light'].entries()) {
      await mkdir(path.join(to, split, name), {recursive: true});
      for (let number = 0; number < 4; number++) {
        const data = new Uint8Array(32 * 32 * 3).map(
          (_, i) => (i * (number + 3) + 120 * label) % 256,
        );
        const png = encode({width: 32, height: 32, channels: 3, depth: 8, data});
        await writeFile(path.join(to, split, name, `${number}.png`), png);
      }
    }
  }
}

import {existsSync} from 'node:fs';
import {chmod, mkdir, stat} from 'node:fs/promises';
import path from 'node:path';
import type {Digest} from '../base/digest.ts';
import type {InputForm} from '../contract/command.ts';
import {StageError} from '../contract/stage.ts';
import {blobPath, type Store} from '../store/layout.ts';
import {placeArtifact} from '../store/artifacts/place-artifact.ts';

/** The inputs of a program, placed in its folder. */
export interface PlacedInputs {
  /** Paths relative to the folder, by input. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  /** Rejects with a `StageError` if the program wrote to a file whose bytes the store shares with it. */
  verify(): Promise<void>;
}

/**
 * Places the inputs of a program: `inputs/<name>.<suffix>`, or `inputs/<name>/<number>.<suffix>`. Rejects with `ENOENT`
 * if one is gone from the store.
 */
export async function placeInputs(given: {
  readonly store: Store;
  readonly folder: string;
  readonly digests: Readonly<Record<string, readonly Digest[]>>;
  readonly forms: Readonly<Record<string, InputForm>>;
}): Promise<PlacedInputs> {
  const {store, folder, digests, forms} = given;
  const paths: Record<string, readonly string[]> = {};
  const shared: {readonly input: string; readonly blob: string; readonly state: string}[] = [];
  for (const [input, form] of Object.entries(forms)) {
    const names = inputNames(input, form, digests[input]!.length);
    paths[input] = names;
    await mkdir(path.join(folder, path.dirname(names[0] ?? 'inputs/-')), {recursive: true});
    for (const [index, name] of names.entries()) {
      const digest = digests[input]![index]!;
      const blob = blobPath(store, digest);
      const state = await stateOf(blob);
      const placed = placeArtifact(store, digest, path.join(folder, name));
      if (placed === 'linked') shared.push({input, blob, state});
    }
  }
  const verify = async (): Promise<void> => {
    for (const {input, blob, state} of shared) {
      // A removed artifact is used by no other stage.
      if (!existsSync(blob) || (await stateOf(blob)) === state) continue;
      const message = `The program wrote to its input ${input}, which other stages use as well. It is made anew when it is next needed; the program must work on a copy.`;
      throw new StageError(message);
    }
  };
  return {paths, verify};
}

/** The numbers of several inputs have equally many digits, so that they sort by name. */
function inputNames(input: string, {suffix, many}: InputForm, count: number): readonly string[] {
  const tail = suffix === '' ? '' : `.${suffix}`;
  if (many !== true) return [`inputs/${input}${tail}`];
  const digits = String(count - 1).length;
  return Array.from({length: count}, (_, index) => {
    return `inputs/${input}/${String(index).padStart(digits, '0')}${tail}`;
  });
}

/** A state of a file that every write changes. */
async function stateOf(file: string): Promise<string> {
  const {size, mtimeNs} = await stat(file, {bigint: true});
  return `${size} ${mtimeNs}`;
}

/** Makes an input executable that is itself the program. */
export async function makeExecutable(file: string): Promise<void> {
  await chmod(file, 0o555);
}

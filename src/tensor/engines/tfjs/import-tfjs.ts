import {UnavailableError} from '../gpu/errors.ts';

/** TensorFlow.js and its WebAssembly backend, as arguments of `npm install`. */
const withWasm = '@tensorflow/tfjs-core@4.22 @tensorflow/tfjs-backend-wasm@4.22';

/** Native TensorFlow, which brings TensorFlow.js with it. */
export const nativePackage = '--no-save @tensorflow/tfjs-node-gpu';

/**
 * Imports a module that needs packages of TensorFlow.js. These are optional, because they are larger than all that the
 * other engines need.
 * @param missing what to install without them, as arguments of `npm install`
 * @throws UnavailableError if they are not installed
 */
export async function importTfjs<Module>(
  importer: () => Promise<Module>,
  missing = withWasm,
): Promise<Module> {
  try {
    return await importer();
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    const name = /'(@tensorflow\/[^']+)'/.exec(message)?.[1];
    if (code !== 'ERR_MODULE_NOT_FOUND' || name === undefined) throw error;
    throw new UnavailableError(
      `The package ${name} is not installed: \`npm install ${missing}\` in the folder of your project.`,
      {cause: error},
    );
  }
}

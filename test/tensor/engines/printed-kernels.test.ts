import assert from 'node:assert/strict';
import {after, describe, test} from 'node:test';
import {printOpenCl} from '../../../src/tensor/print/opencl.ts';
import {printWgsl} from '../../../src/tensor/print/wgsl.ts';
import type {Dispatch} from '../../../src/tensor/kernels/kernel.ts';
import type {Launcher} from '../../support/engines/kernels/launcher.ts';
import {startOpenClLauncher} from '../../support/engines/kernels/launch-opencl.ts';
import {startWgslLauncher} from '../../support/engines/kernels/launch-wgsl.ts';
import {assertSameAsInterpreter, printCases} from '../../support/engines/kernels/print-cases.ts';

const isCi = process.env['CI'] !== undefined;

testPrinter('WGSL', printWgsl, await startWgslLauncher());
testPrinter('OpenCL C', printOpenCl, startOpenClLauncher());

function testPrinter(
  language: string,
  print: (dispatch: Dispatch) => string,
  launcher: Launcher | undefined,
): void {
  if (launcher === undefined && isCi) throw new Error(`No device for ${language}`);
  const skip = launcher === undefined && `there is no device for ${language}`;
  describe(`printed ${language}`, {skip}, () => {
    after(() => launcher!.close());
    for (const printCase of printCases) {
      const {title, dispatch, arrays} = printCase;
      test(`compiles without a word, and runs like the interpreter: ${title}`, async () => {
        const text = print(dispatch);
        assert.equal(await launcher!.check(text), '');
        assertSameAsInterpreter(printCase, await launcher!.launch(dispatch, text, arrays()));
      });
    }
  });
}

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {printOpenCl} from '../../../src/tensor/print/opencl.ts';
import {everyConstruct} from '../../support/engines/kernels/every-construct.ts';
import {assertGolden} from '../../support/engines/golden.ts';

test('The whole kernel language is printed as in the fixture', () => {
  assertGolden('every-construct.cl', printOpenCl(everyConstruct()));
});

test('Only a kernel with barriers says what one is', () => {
  const dispatch = everyConstruct();
  assert.match(printOpenCl(dispatch), /define BARRIER/);
  assert.doesNotMatch(
    printOpenCl({...dispatch, body: dispatch.body.slice(0, 1)}),
    /define BARRIER/,
  );
});

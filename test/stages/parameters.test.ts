import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {visibleLine} from '../../src/base/visible.ts';
import type {JsonObject} from '../../src/base/json.ts';
import type {Contract} from '../../src/contract/contract.ts';
import {visiblePattern} from '../../src/contract/param.ts';
import {validateParams} from '../../src/contract/validate-params.ts';
import {contract as download} from '../../stages/download/contract.ts';
import {contract as evaluate} from '../../stages/evaluate/contract.ts';
import {contract as table} from '../../stages/table/contract.ts';

test('names that tables show have no control characters', () => {
  const name = 'distilled\u001b]0;owned\u0007';
  const given: readonly (readonly [Contract, JsonObject])[] = [
    [evaluate, {model: 'ConvNet', set: name}],
    [download, {dataset: 'images', name}],
    ...['dataset', 'model', 'set'].map((axis) => [table, {expect: {[axis]: [name]}}] as const),
  ];
  for (const [contract, params] of given) {
    const found = validateParams(contract, params);
    assert.equal(found.kind, 'invalid', contract.type);
    const messages = found.kind === 'invalid' ? found.issues.map(({message}) => message) : [];
    assert.match(
      messages.join('\n'),
      /^`\S+` must be text without control characters, got [^\n]*$/,
    );
  }
});

test('the pattern for such names and `visibleText` agree about visible characters', () => {
  const pattern = new RegExp(visiblePattern, 'u');
  const text = fc.oneof(
    fc.string({unit: 'binary'}),
    fc.integer({min: 0, max: 0x2fff}).map((code) => String.fromCharCode(code)),
  );
  fc.assert(
    fc.property(text, (text) => assert.equal(pattern.test(text), visibleLine(text) === text)),
    {numRuns: 2000},
  );
});

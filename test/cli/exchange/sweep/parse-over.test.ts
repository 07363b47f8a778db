import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseOver, type VariedValues} from '../../../../src/cli/exchange/sweep/parse-over.ts';
import {DiagnosticLog} from '../../../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../../../src/diagnostics/format-diagnostics.ts';

function valuesOf(argument: string): unknown {
  const log = new DiagnosticLog();
  const values = parseOver(argument, log)?.values;
  assert.equal(formatDiagnostics(log.sorted()), '');
  return shown(values!);
}

function shown(values: VariedValues): unknown {
  if (values.kind === 'list') return values.items.map(({value}) => value);
  const {low, high, isWhole} = values;
  return {low, high, isWhole};
}

/** The code of each mistake, and the text that it is about. */
function faultsOf(argument: string): readonly (readonly string[])[] {
  const log = new DiagnosticLog();
  assert.equal(parseOver(argument, log), undefined);
  return log
    .sorted()
    .map(({code, span: {file, start, end}}) => [code, file.text.slice(start, end)]);
}

test('values are YAML between commas, of which those in quotes divide nothing', () => {
  assert.deepEqual(valuesOf('distilled.pixelRate=100,1.0e-3'), [100, 0.001]);
  assert.deepEqual(valuesOf(`name="a,b", 'c,d',it's,true,`.slice(0, -1)), [
    'a,b',
    'c,d',
    "it's",
    true,
  ]);
  assert.deepEqual(valuesOf('name="",x=y'), ['', 'x=y']);
});

test('two dots make a range, of whole numbers if both ends are written so', () => {
  assert.deepEqual(valuesOf('a=1..1000'), {low: 1, high: 1000, isWhole: true});
  assert.deepEqual(valuesOf('a=0.0..1'), {low: 0, high: 1, isWhole: false});
  assert.deepEqual(valuesOf('a=-1..1.0e+3'), {low: -1, high: 1000, isWhole: false});
  assert.deepEqual(valuesOf('a=.5..1.'), {low: 0.5, high: 1, isWhole: false});
  assert.deepEqual(valuesOf('a=x..y'), ['x..y']);
});

test('a mistake is reported where it is in the argument', () => {
  assert.deepEqual(faultsOf('pixelRate'), [['bad-override', 'pixelRate']]);
  assert.deepEqual(faultsOf('=1'), [['bad-override', '=1']]);
  assert.deepEqual(faultsOf('a=1,,2'), [['bad-value', '']]);
  assert.deepEqual(faultsOf('a='), [['bad-value', '']]);
  assert.deepEqual(faultsOf('a=1,[2,3],{b: 4},null'), [
    ['bad-value', '[2,3]'],
    ['bad-value', '{b: 4}'],
    ['bad-value', 'null'],
  ]);
  assert.deepEqual(faultsOf('a=1,2,1'), [['bad-value', '1']]);
  assert.deepEqual(faultsOf('a=9..1'), [['bad-value', '9..1']]);
  assert.deepEqual(faultsOf('a=1..1'), [['bad-value', '1..1']]);
  assert.deepEqual(faultsOf('a=1,"b'), [['yaml-syntax', '']]);
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  describeDraws,
  drawPoints,
  type DrawnAxis,
} from '../../../../src/cli/exchange/sweep/draw-points.ts';
import {parseOver} from '../../../../src/cli/exchange/sweep/parse-over.ts';
import {DiagnosticLog} from '../../../../src/diagnostics/diagnostic.ts';

function axis(argument: string): DrawnAxis {
  const {name, values} = parseOver(argument, new DiagnosticLog())!;
  return {axis: name, values};
}

/** The values of one axis in many draws. */
function drawn(argument: string, wanted = 1000, seed = 0): readonly number[] {
  const given = axis(argument);
  // A second axis makes repeated values different points.
  const points = drawPoints([given, axis('other=0.0..1')], wanted, seed);
  assert.equal(points.length, wanted);
  return points.map((point) => Number(point[given.axis]));
}

const share = (values: readonly number[], below: number): number =>
  values.filter((value) => value < below).length / values.length;

test('the same seed gives the same points, and more of them begin with the fewer', () => {
  const axes = [axis('rate=1.0e-4..1'), axis('model=A,B')];
  const twenty = drawPoints(axes, 20, 7);
  assert.deepEqual(drawPoints(axes, 20, 7), twenty);
  assert.deepEqual(drawPoints(axes, 40, 7).slice(0, 20), twenty);
  assert.notDeepEqual(drawPoints(axes, 20, 8), twenty);
});

test('an axis draws the same whatever the others are', () => {
  const rates = (axes: readonly DrawnAxis[]): readonly unknown[] =>
    drawPoints(axes, 20, 0).map(({rate}) => rate);
  const rate = axis('rate=1.0e-4..1');
  assert.deepEqual(rates([axis('model=A,B'), rate]), rates([rate]));
});

test('a range of more than a decade is drawn from evenly by the logarithm, a smaller one evenly', () => {
  // A third of the values are in each of three decades; of 1000 that is within 0.06, four standard deviations.
  const decades = drawn('rate=1.0..1000');
  assert.ok(Math.abs(share(decades, 10) - 1 / 3) < 0.06, String(share(decades, 10)));
  assert.ok(Math.abs(share(decades, 100) - 2 / 3) < 0.06);
  const even = drawn('rate=1.0..9');
  assert.ok(Math.abs(share(even, 3) - 1 / 4) < 0.06);
  assert.ok(Math.abs(share(drawn('rate=-10.0..1000'), 495) - 1 / 2) < 0.07);
});

test('values stay within the range, and have three digits or a thousandth of it', () => {
  for (const argument of ['rate=1.0e-5..1.0e-2', 'rate=0.1..0.35', 'n=1..1000', 'n=-3..3']) {
    const {values} = axis(argument);
    assert.ok(values.kind === 'range');
    for (const value of drawn(argument)) {
      assert.ok(value >= values.low && value <= values.high, `${argument} gives ${value}`);
      assert.ok(String(value).replace(/e.*|^[-0.]+|\./g, '').length <= 4, String(value));
      if (values.isWhole) assert.ok(Number.isInteger(value));
    }
  }
  const whole = new Set(drawn('n=-3..3'));
  assert.equal(whole.size, 7);
});

test('no two points are alike, and where there are fewer than are wanted all of them are given', () => {
  const axes = [axis('a=1,2,3'), axis('b=1..4')];
  const points = drawPoints(axes, 50, 0);
  assert.equal(new Set(points.map((point) => JSON.stringify(point))).size, 12);
  assert.equal(points.length, 12);
});

test('of fractions there are as many as their digits tell apart', () => {
  // Endless, if it went on drawing for the rest.
  const count = (...given: readonly string[]): number =>
    drawPoints(given.map(axis), Number.MAX_SAFE_INTEGER, 0).length;
  assert.equal(count('rate=1.0..2'), 1001);
  // In steps of 0.01: 0, 0.01, …, 12.33 and the end of the range.
  assert.equal(count('rate=0.0..12.337'), 1235);
  // 900 in each decade, and the end.
  assert.equal(count('rate=0.01..1.0'), 1801);
  assert.equal(count('rate=1.0..2', 'model=A,B'), 2002);
});

test('what is drawn is told', () => {
  const told = (argument: string): string => describeDraws(axis(argument).values);
  assert.equal(told('a=1..1000'), 'whole numbers from 1 to 1000, evenly by their logarithm');
  assert.equal(told('a=0.5..1'), 'numbers from 0.5 to 1');
  assert.equal(told('a=x,2'), 'one of x, 2');
});

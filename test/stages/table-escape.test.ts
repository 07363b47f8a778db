import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parse} from 'csv-parse/sync';
import * as fc from 'fast-check';
import {visibleText} from '../../src/base/visible.ts';
import {csvText, textOfCsv} from '../../src/learning/scores/csv-text.ts';
import {parsePublishedScores} from '../../src/learning/scores/published-scores.ts';
import {scoreCells} from '../../src/learning/scores/score-cells.ts';
import {scoreTable, type ScoreTable} from '../../src/learning/scores/score-table.ts';
import {markdownBlocks} from '../../src/page/model/markdown-blocks.ts';
import {escapeLatex, escapeMarkdown} from '../../stages/table/escape.ts';
import {renderCsv, renderLatex, renderMarkdown} from '../../stages/table/render.ts';

const [signs, texts] = [
  '= + - @ \t \r \n \' " , # [ ] ( : * ! ` | \\ % $ { } \u001b[31m \u202e \u2028 \u0085',
  '<b> &lt; ^^M [a](javascript:x) ![a](b) [a]: =HYPERLINK("x") \\input{x} [1cm]',
].map((list) => fc.constantFrom(' ', ...list.split(' ')));
const piece = fc.oneof(fc.string({unit: 'binary', maxLength: 3}), signs!, texts!);
const name = fc
  .array(piece, {minLength: 1, maxLength: 6})
  .map((pieces) => pieces.join(''))
  .filter((text) => text !== '');

/** Gives a table of one cell with these names, and a published value. */
function tableOf(dataset: string, model: string, set: string, source: string): ScoreTable {
  const of = {dataset, model, set, ipc: 1};
  const score = {...of, split: 'test', trial: 0, seed: 0, accuracy: 0.25, loss: 1} as const;
  const layout = {rows: ['model'], columns: ['dataset', 'set'], expect: {}} as const;
  return scoreTable(scoreCells([score]), layout, [{...of, mean: 0.5, source}]);
}

const anyTable = fc.tuple(name, name, name, name).map((names) => tableOf(...names));

test('a text in a CSV file is not a formula for a spreadsheet, and is read unchanged', () => {
  fc.assert(
    fc.property(name, (text) => {
      const [[cell]] = parse(`${csvText(text)}\n`) as [[string]];
      assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
      assert.equal(textOfCsv(cell), text);
    }),
  );
  for (const text of ['=1+1', '+1', '-1', '@x', '\tx', '\rx', "'=1"]) {
    assert.ok(/^"?'/.test(csvText(text)), text);
  }
  for (const text of ['distilled', "don't", 'a=b', '', '−1', '10 – 20']) {
    assert.equal(csvText(text), text);
  }
});

test('the CSV of a table is read as published scores of the same names, and negative numbers stay numbers', () => {
  fc.assert(
    fc.property(fc.tuple(name, name, name, name), ([dataset, model, set, source]) => {
      const csv = renderCsv(tableOf(dataset, model, set, source));
      assert.deepEqual(parsePublishedScores(csv, 'x.csv'), [
        {dataset, model, set, ipc: 1, mean: 0.25, deviation: 0, source},
      ]);
      const [record] = parse(csv, {columns: true}) as [Record<string, string>];
      assert.equal(record['difference'], '-0.25');
    }),
    {examples: [[['d', '#m', 's', '=1']]]},
  );
});

test('Markdown shows a name literally: each cell is one, and nothing in it is a link, code or HTML', () => {
  fc.assert(
    fc.property(anyTable, name, (table, text) => {
      const markdown = renderMarkdown(table);
      assert.equal(visibleText(markdown), markdown);
      const lines = markdown.split('\n');
      assert.equal(lines.length, 8, markdown);
      const escaped = escapeMarkdown(text);
      const bare = escaped.replaceAll(/\\[\\|<`\]&]/g, '·');
      assert.doesNotMatch(bare, /[\\|<`\n]|\][([:]|&#?\w+;/);
      const [block] = markdownBlocks(`| ${escaped} |\n| --- |\n`);
      assert.deepEqual(block?.kind === 'table' && block.head, [
        visibleText(text.replaceAll(/\s+/g, ' ')).trim(),
      ]);
    }),
    {examples: [[tableOf('d', 'm', 's', 'x'), '[1cm]|(']]},
  );
});

test('LaTeX shows a name as text: no command, group, comment or mathematics of its own', () => {
  const whole =
    /^(?:\{ ?[[*]\})?(?:[^\\~^&%$#_{}\p{Cc}\p{Bidi_Control}\u2028\u2029]|\\[&%$#_{}]|\\text(?:backslash|asciitilde|asciicircum)\{\})*$/u;
  fc.assert(
    fc.property(anyTable, name, (table, text) => {
      const escaped = escapeLatex(text);
      assert.match(escaped, whole);
      // The text does not begin with what LaTeX would read as an argument of the preceding row's end.
      assert.doesNotMatch(escaped, /^\s*[[*]/);
      const latex = renderLatex(table);
      assert.equal(visibleText(latex), latex);
      assert.equal(latex.split('\n').length, 10, latex);
      assert.match(latex, /^%/);
    }),
  );
});

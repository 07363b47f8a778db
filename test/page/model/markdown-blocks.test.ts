import assert from 'node:assert/strict';
import {test} from 'node:test';
import {markdownBlocks} from '../../../src/page/model/markdown-blocks.ts';

test('Markdown tables are parsed, with their alignment and escaped characters', () => {
  const markdown =
    'What it is.\n\n| name | score |\n| ---- | ----: |\n| a\\|b\\[\\\\ | 1 ± 2 |\n| c |\n\n\nThe end:\nof it.\n';
  assert.deepEqual(markdownBlocks(markdown), [
    {kind: 'text', text: 'What it is.'},
    {
      kind: 'table',
      head: ['name', 'score'],
      isRight: [false, true],
      rows: [
        ['a|b[\\', '1 ± 2'],
        ['c', ''],
      ],
    },
    {kind: 'text', text: 'The end:\nof it.'},
  ]);
});

test('everything but tables stays text', () => {
  for (const text of ['a | b', 'a | b\nc | d', '| a |', '---\n---', 'a|b\n---']) {
    assert.deepEqual(markdownBlocks(text), [{kind: 'text', text}], text);
  }
  assert.deepEqual(markdownBlocks('\n \n'), []);
});

test('a line of 100,000 bars is a table', () => {
  const line = '|'.repeat(100_000);
  const [block] = markdownBlocks(`${line}\n${line.replaceAll('|', '|-')}|\n${line}`);
  assert.equal(block?.kind, 'table');
});

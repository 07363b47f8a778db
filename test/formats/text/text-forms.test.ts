import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {findFormFault} from '../../../src/formats/text/text-forms.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>';
const forms = {
  json: {
    sound: [
      '{"a": [1, -0.5e+3, true, null, "\\u00e9\\n", {}], "b": []}\n',
      ' 5 ',
      '\uFEFF{"loss": NaN, "range": [-Infinity, Infinity]}',
      '"東京"',
      `[${'['.repeat(500)}${']'.repeat(500)}]`,
      `["${'x'.repeat(200_000)}", 1]`,
    ],
    broken: [
      ['{not json', 'line 1, column 2: a name in double quotes or } was expected, got not'],
      ['', 'line 1, column 1: a value was expected, got the end'],
      ['{"a": 1,\n "b" 2}', 'line 2, column 6: : was expected, got 2'],
      ['[1,\n2,\n]', 'line 3, column 1: a value was expected, got ]'],
      ['{"a": 1]', 'line 1, column 8: , or } was expected, got ]'],
      ['{"a": nan}', 'line 1, column 7: nan is no value; JSON has no nan, write null'],
      ['[01]', 'line 1, column 2: 01 is no value'],
      ['["a\n"]', 'line 1, column 4: a line break or control character in a text'],
      ['["\\x"]', 'line 1, column 4: \\x is no escape sequence'],
      ['["\\u00', 'line 1, column 7: a text in quotes does not end'],
      ['[1] [2]', 'line 1, column 5: the text should end, got ['],
      ["{'a': 1}", "line 1, column 2: a name in double quotes or } was expected, got '"],
      ['[1', 'line 1, column 3: , or ] was expected, got the end'],
      [' \uFEFF{}', 'line 1, column 2: a value was expected, got a byte order mark'],
    ],
  },
  csv: {
    sound: [
      'a,b\n1,2\n',
      '\uFEFFa,b\r\n"1\n""x""",2\r\n\r\n',
      'one\n',
      '',
      '"a","b"\n"1",1,2\n"2",3,4\n',
      '# by a program\na,b\n1,2,3\n\n1\n',
      'size,n\n5" disk,"x" y\n',
      'a;b\n"x,";1\n',
    ],
    broken: [
      ['a,b\n1,"2\n', 'line 2, column 3: a quote does not end'],
      ['a,"b""\n1"\n東京,"""\n', 'line 3, column 4: a quote does not end'],
      [`a,b\n"${'x\n'.repeat(100_000)}`, 'line 2, column 1: a quote does not end'],
    ],
  },
  svg: {
    sound: [
      `<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [<!ENTITY a "b">]>\n<!-- by -->\n${drawing}\n<!-- end -->\n`,
      `<svg:svg xmlns:svg="x">${' '.repeat(100_000)}</svg:svg>`,
      '<svg width="1"/>\n',
    ],
    broken: [
      ['<html><svg/></html>', 'line 1, column 1: <svg was expected'],
      ['<?xml version="1.0"?>\n<svgs></svgs>', 'line 2, column 1: <svg was expected'],
      ['', 'line 1, column 1: <svg was expected'],
      ['<svg>\n<g>', 'line 2, column 4: </svg> was expected, but the text ends'],
    ],
  },
} as const;

test('a text that no reader would take as its form is refused, with line and column', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'file');
  for (const [name, {sound, broken}] of Object.entries(forms)) {
    const form = name as keyof typeof forms;
    for (const text of sound) {
      await writeFile(file, text);
      assert.equal(await findFormFault(form, file), undefined, text);
    }
    for (const [text, fault] of broken) {
      await writeFile(file, text);
      assert.equal(await findFormFault(form, file), `is no sound ${name.toUpperCase()}: ${fault}`);
    }
  }
});

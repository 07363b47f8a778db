import assert from 'node:assert/strict';
import {test} from 'node:test';
import {classFolders} from '../../../../stages/exchange/pictures/class-folders.ts';

const foldersOf = (...classes: readonly string[]): readonly string[] =>
  classFolders(classes).map(({folder}) => folder);

test('a folder has the number of its class, and its name', () => {
  assert.deepEqual(foldersOf('cat', 'dog'), ['0-cat', '1-dog']);
  assert.deepEqual(foldersOf('0', '1', 'Größe', '貓'), ['0', '1', '2-Größe', '3-貓']);
  const many = classFolders(Array.from({length: 11}, (_, i) => `c${i}`));
  assert.deepEqual(
    [many[3], many[10]],
    [
      {folder: '03-c3', title: 'c3'},
      {folder: '10-c10', title: 'c10'},
    ],
  );
});

test('hostile names leave no folder, hide nothing and are no place elsewhere', () => {
  const names = [
    '..',
    '/etc/passwd',
    'a/../b',
    'a\\b',
    '\0',
    'x\u001b[31m\n',
    '\u202egnp',
    '.hidden',
    'CON',
    'end.',
    '\ud800',
    '',
    ' ',
  ];
  assert.deepEqual(foldersOf(...names), [
    '00',
    '01-etc_passwd',
    '02-a_.._b',
    '03-a_b',
    '04',
    '05-x_31m',
    '06-gnp',
    '07-hidden',
    '08-CON',
    '09-end',
    '10',
    '11',
    '12',
  ]);
});

test('names that are equal, or become so, have folders of their own, and tables tell classes apart', () => {
  assert.deepEqual(classFolders(['a b', 'a/b', 'A_B', 'same', 'same', '']), [
    {folder: '0-a_b', title: 'a b'},
    {folder: '1-a_b', title: 'a/b'},
    {folder: '2-A_B', title: 'A_B'},
    {folder: '3-same', title: '3-same'},
    {folder: '4-same', title: '4-same'},
    {folder: '5', title: '5'},
  ]);
  assert.deepEqual(foldersOf('e\u0301'), ['0-\u00e9']);
});

test('a long name is cut to what a file system takes', () => {
  const [folder = ''] = foldersOf('𐐷'.repeat(400));
  assert.ok(Buffer.byteLength(folder) <= 255);
  assert.equal(folder, `0-${'𐐷'.repeat(50)}`);
});

test('no folder is called as a split of a data set', () => {
  assert.deepEqual(foldersOf('train', 'my-test', 'Val', 'contest', 'latest'), [
    '0',
    '1',
    '2',
    '3-contest',
    '4-latest',
  ]);
});

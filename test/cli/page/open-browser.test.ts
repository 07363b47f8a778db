import assert from 'node:assert/strict';
import {test} from 'node:test';
import {browserCommand} from '../../../src/cli/page/open-browser.ts';

const url = 'http://127.0.0.1:1/?a=$(touch x)&b="';

test('an address is one argument of the program that opens it, on every system', () => {
  assert.deepEqual(browserCommand(url, {}, 'darwin'), ['open', url]);
  assert.deepEqual(browserCommand(url, {}, 'win32'), [
    'rundll32',
    'url.dll,FileProtocolHandler',
    url,
  ]);
  assert.deepEqual(browserCommand(url, {DISPLAY: ':0'}, 'linux'), ['xdg-open', url]);
  assert.deepEqual(browserCommand(url, {WAYLAND_DISPLAY: 'wayland-0'}, 'freebsd'), [
    'xdg-open',
    url,
  ]);
});

test('nothing is started where there is no screen', () => {
  assert.equal(browserCommand(url, {DISPLAY: ''}, 'linux'), undefined);
  assert.equal(browserCommand(url, {}, 'linux'), undefined);
});

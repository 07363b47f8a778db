import {readFileSync} from 'node:fs';
import path from 'node:path';
import type {PageCode} from '../../page/model/page-html.ts';
import type {World} from '../world.ts';

/** The script and the style of pages, which the build made. */
export function readPageCode({pageFolder}: Pick<World, 'pageFolder'>): PageCode {
  const read = (name: string): string => readFileSync(path.join(pageFolder, name), 'utf8');
  return {script: read('page.js'), style: read('style.css')};
}

/** `node dist/bench/gpu-aims.js REPORT`: puts the table of aims into a report of `gpu-hour.sh`, where it has a place for it. */
import {readFileSync, writeFileSync} from 'node:fs';
import {argv} from 'node:process';
import {aimsTable} from './gpu/aims.ts';

const [file] = argv.slice(2);
if (file === undefined) throw new Error('Which report?');
const report = readFileSync(file, 'utf8');
writeFileSync(
  file,
  report.replace('<!-- aims -->', () => aimsTable(report)),
);

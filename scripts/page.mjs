// Builds the script and the style of the page of a run from src/page/browser: one file each, because they are embedded
// in the page.
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {writeLicences} from './licences.mjs';

const {metafile} = await build({
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  entryPoints: {page: 'src/page/browser/main.tsx', style: 'src/page/browser/page.css'},
  outdir: 'dist/bundle/page',
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2023',
  platform: 'browser',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

writeLicences('dist/bundle/page/licences.txt', metafile.outputs);

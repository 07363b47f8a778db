#!/usr/bin/env node
import path from 'node:path';
import {runCli} from './run-cli.ts';
import {worldOf} from './world.ts';

const extension = path.extname(import.meta.url);
const stagesModule = (name: string): string =>
  new URL(`../../stages/${name}${extension}`, import.meta.url).href;

process.exitCode = await runCli(
  process.argv.slice(2),
  worldOf(process, {
    registryModule: stagesModule('registry'),
    engineProbeModule: stagesModule('engine-probe'),
  }),
);

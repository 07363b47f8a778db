#!/usr/bin/env node
import {installationOf} from './installation.ts';
import {runCli} from './run-cli.ts';
import {worldOf} from './world.ts';

process.exitCode = await runCli(
  process.argv.slice(2),
  worldOf(process, installationOf(import.meta.url)),
);

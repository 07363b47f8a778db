/** The page about file formats: its tables against what the program writes, and its programs as they stand there. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {glob, readFile} from 'node:fs/promises';
import {after, before, describe, test} from 'node:test';
import {readArrowFile} from '../../src/formats/arrow/arrow-file.ts';
import {readSafetensors} from '../../src/formats/safetensors/safetensors.ts';
import {Rig} from '../support/rigs/rig.ts';

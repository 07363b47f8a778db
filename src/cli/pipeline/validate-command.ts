import path from 'node:path';
import {isProfile} from '../../cluster/profile/parse-profile.ts';
import {profileIn} from '../../cluster/profile/read-profile.ts';
import {diagnosticCodes, DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {findingOf} from '../../diagnostics/finding.ts';
import {githubAnnotations} from '../../diagnostics/github-annotations.ts';
import {sarifLog} from '../../diagnostics/sarif.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource} from '../../document/read-source.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {Faults} from '../faults.ts';
import {askedFile, findFile} from '../find-file.ts';
import type {PipelineOptions} from '../options/pipeline-options.ts';
import {missingPrograms} from '../options/missing-programs.ts';
import {projectFileName} from '../project/find-project-file.ts';
import {openTarget} from '../target.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface ValidateOptions extends PipelineOptions {
  /** The form in which it prints what it finds. */
  readonly format: 'text' | 'json' | 'github' | 'sarif';
  /** The same as the format `json`. */
  readonly json?: true;
}

/** `pipeline validate`: prints all mistakes, or what is valid. Writes nothing. */
export async function validateCommand(
  words: readonly string[],
  options: ValidateOptions,
  world: World,
): Promise<ExitCode> {
  const format = options.json === true ? 'json' : options.format;
  const checked =
    checkProject(words, options, world) ??
    (await checkProfile(words, world)) ??
    (await checkPipeline(words, options, world));
  const {diagnostics, exitCode, file, counts, size} = checked;
  const isValid = exitCode === exitCodes.ok;
  const findings = diagnostics.map(findingOf);
  const {stdout} = world;
  switch (format) {
    case 'text':
      world.faults.diagnostics(diagnostics);
      break;
    case 'json':
      writeJson({valid: isValid, file, ...counts, diagnostics: findings}, world);
      break;
    case 'github':
      stdout.write(githubAnnotations(findings, inRepository(world)));
      break;
    case 'sarif':
      writeJson(
        sarifLog(findings, finder(world), inRepository(world), askedFile(words, world)),
        world,
      );
      break;
  }
  if (isValid && (format === 'text' || format === 'github')) {
    stdout.write(`${file} is valid: ${size}.\n`);
  }
  return exitCode;
}

/** What a check has found. */
interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly exitCode: ExitCode;
  /** As the user named it. Absent: it has mistakes. */
  readonly file?: string;
  /** Numbers for programs. */
  readonly counts?: Readonly<Record<string, number>>;
  /** The same in words. */
  readonly size?: string;
}

/** Checks a project file. `undefined`: the command line names something else. */
function checkProject(
  words: readonly string[],
  {project}: ValidateOptions,
  world: World,
): Checked | undefined {
  const found = findFile(words, world);
  if (found.kind === 'none' || path.basename(found.file) !== projectFileName) return undefined;
  const {mistakes} = project;
  if (mistakes.length > 0) return {diagnostics: mistakes, exitCode: exitCodes.invalidPipeline};
  const {file} = found;
  return {diagnostics: [], exitCode: exitCodes.ok, file, size: 'the settings of a project'};
}

/** Checks the profile of a cluster. `undefined`: the command line names something else. */
async function checkProfile(words: readonly string[], world: World): Promise<Checked | undefined> {
  const found = findFile(words, world);
  if (found.kind === 'none' || found.selectors.length > 0) return undefined;
  const {file} = found;
  const log = new DiagnosticLog();
  const source = await readSource(file, argumentSpan(file), log);
  const root = source && parseDocument(source, log);
  if (root === undefined || !isProfile(root)) return undefined;
  const cluster = profileIn(source!, world, log);
  const diagnostics = log.sorted();
  if (cluster === undefined) return {diagnostics, exitCode: exitCodes.invalidPipeline};
  const pools = cluster.pools.length;
  const size = `the profile of a cluster with ${pools === 1 ? 'one pool' : `${pools} pools`}`;
  return {diagnostics, exitCode: exitCodes.ok, file, counts: {pools}, size};
}

async function checkPipeline(
  words: readonly string[],
  options: ValidateOptions,
  world: World,
): Promise<Checked> {
  const diagnostics: Diagnostic[] = [];
  const kept: Faults = {
    diagnostics: (more) => void diagnostics.push(...more),
    fault: (code, message, note) => world.faults.fault(code, message, note),
  };
  const wished = {...options, isQuick: true};
  const opened = await openTarget(words, wished, {...world, faults: kept});
  const {mistakes} = options.project;
  diagnostics.push(...mistakes);
  if (opened.kind === 'refused') return {diagnostics, exitCode: opened.exitCode};
  const {file, whole, selected} = opened.target;
  const {instances} = whole;
  const missing = await missingPrograms(instances.values(), world.environment['PATH']);
  diagnostics.push(...missing);
  const isSound = missing.length + mistakes.length === 0;
  const exitCode = isSound ? exitCodes.ok : exitCodes.invalidPipeline;
  const counts = {instances: instances.size, chosen: selected.size};
  return {diagnostics, exitCode, file, counts, size: sizeOf(counts)};
}

function sizeOf({
  instances: size,
  chosen,
}: {
  readonly instances: number;
  readonly chosen: number;
}): string {
  const instances = size === 1 ? '1 instance' : `${size} instances`;
  return `${instances}${chosen < size ? `, ${chosen} of them chosen` : ''}`;
}

function finder({findVersion}: World): Parameters<typeof sarifLog>[1] {
  return {name: 'Distillery', version: findVersion(), meanings: diagnosticCodes};
}

/** Names files as code hosts do: relative to the checkout, which GitHub Actions names, or otherwise to this folder. */
function inRepository({cwd, environment}: World): (file: string) => string {
  const root = environment['GITHUB_WORKSPACE'] ?? cwd;
  return (file) => {
    const relative = path.relative(root, path.resolve(cwd, file));
    return /^\.\.(\/|$)/.test(relative) ? path.resolve(cwd, file) : relative;
  };
}

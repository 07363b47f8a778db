import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {isErrno} from '../base/errno.ts';
import {fileContract, runContract} from '../contract/command.ts';
import type {Contract} from '../contract/contract.ts';
import {commonMedia, isSameMedia, type Media, type MediaDefinition} from '../contract/media.ts';
import type {PluginCode} from '../contract/plugin.ts';
import {mediaOf, type Registry, type StageType} from '../contract/registry.ts';
import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import type {LocatedText} from '../document/located.ts';
import {codeDigest} from './code-digest.ts';
import {contractFaults} from './contract-faults.ts';
import {findPlugin, type FoundPlugin} from './find-plugin.ts';
import {stageTypesOf} from './stage-types-of.ts';

/** The stage types that a pipeline file may use. */
export interface StageTypes {
  readonly registry: Registry;
  /** The media that the file may name. */
  readonly media: Media;
  /** False if a plugin had mistakes, which were reported, so that its stage types are missing. */
  readonly isWhole: boolean;
}

/** The names under which programs and user files are stored. */
const taken: readonly string[] = [fileContract.type, runContract({}, {}).type];

/** Loads the plugins of pipeline files, and runs the part of their code that defines stage types. */
export class PluginLoader {
  readonly #registry: Registry;
  readonly #log: DiagnosticLog;
  readonly #runsCode: boolean;
  /** Media by name, and who declares them: all pipelines of one load must agree. */
  readonly #declared = new Map<string, {readonly media: MediaDefinition; readonly by: string}>();

  /**
   * @param registry the built-in stage types
   * @param options whether it runs code of plugins; otherwise it finds no stage types in them
   */
  constructor(
    registry: Registry,
    log: DiagnosticLog,
    {runsCode}: {readonly runsCode: boolean} = {runsCode: true},
  ) {
    this.#registry = registry;
    this.#log = log;
    this.#runsCode = runsCode;
    for (const {contract} of registry.values()) {
      for (const one of contract.media ?? []) {
        this.#declared.set(one.name, {media: one, by: `\`${contract.type}\``});
      }
    }
    for (const one of commonMedia.values()) {
      this.#declared.set(one.name, {media: one, by: 'this program'});
    }
  }

  /** @param plugins the plugins that one pipeline file names. Mistakes go to the log. */
  async load(plugins: readonly LocatedText[]): Promise<StageTypes> {
    const registry = new Map(this.#registry);
    let isWhole = true;
    const seen = new Set<string>();
    for (const written of this.#runsCode ? plugins : []) {
      const found = findPlugin(written.value, written.span.file.name);
      // A pipeline file may name a plugin that its project names, too.
      if (found !== undefined && seen.has(found.file)) continue;
      if (found !== undefined) seen.add(found.file);
      const types = await this.#typesOf(written, found);
      isWhole &&= types !== undefined;
      for (const type of types ?? []) {
        if (this.#isSound(type, registry, written)) registry.set(type.contract.type, type);
        else isWhole = false;
      }
    }
    return {registry, media: mediaOf(registry), isWhole};
  }

  async #typesOf(
    {value: name, span}: LocatedText,
    found: FoundPlugin | undefined,
  ): Promise<readonly StageType[] | undefined> {
    if (found === undefined) {
      this.#log.error('missing-plugin', span, missing(name));
      return undefined;
    }
    const plugin = codeOf(found);
    let module: unknown;
    try {
      module = await import(plugin.module);
    } catch (error) {
      this.#log.error('bad-plugin', span, `${name} cannot be loaded: ${causeOf(error)}`);
      return undefined;
    }
    const types = stageTypesOf(module);
    if (types === undefined) {
      const message = `${name} has no stage types: it must export \`stageTypes\`, a list of what \`defineStageType\` gives.`;
      this.#log.error('bad-plugin', span, message);
    }
    return types?.map((type) => ({contract: type.contract, load: () => type.load(), plugin}));
  }

  #isSound({contract}: StageType, registry: Registry, {value: name, span}: LocatedText): boolean {
    const faults = this.#faultsOf(contract, registry);
    const {type} = contract as Partial<Contract>;
    const what = typeof type === 'string' ? `\`${type}\`` : 'a stage type';
    for (const fault of faults) {
      const message = `The contract of ${what} in ${name} is invalid: ${fault}.`;
      this.#log.error('bad-contract', span, message, {about: `${what} ${fault}`});
    }
    if (faults.length > 0) return false;
    if (!registry.has(contract.type) && !taken.includes(contract.type)) return true;
    const message = `${name} has a stage type ${what}, but there is one already: give it another name.`;
    this.#log.error('duplicate-type', span, message, {about: contract.type});
    return false;
  }

  /** The faults of a contract, each as the end of a sentence. The loader remembers the media of a sound contract. */
  #faultsOf(contract: Contract, registry: Registry): readonly string[] {
    const faults = contractFaults(contract, mediaOf(registry));
    if (faults.length > 0) return faults;
    const {media = [], type} = contract;
    const clashes = media.flatMap((one) => {
      const known = this.#declared.get(one.name);
      if (known === undefined || isSameMedia(known.media, one)) return [];
      return [`it declares the media \`${one.name}\` otherwise than ${known.by} does`];
    });
    if (clashes.length > 0) return clashes;
    for (const one of media) {
      if (!this.#declared.has(one.name))
        this.#declared.set(one.name, {media: one, by: `\`${type}\``});
    }
    return [];
  }
}

function missing(name: string): string {
  if (/^\.{0,2}\//.test(name)) return `There is no file ${name}.`;
  return `There is no package ${name} for this file: install it in the folder of the pipeline or above, or begin a path with ./`;
}

function codeOf({file, owner}: FoundPlugin): PluginCode {
  const sha256 = codeDigest(file);
  const identity =
    owner === undefined
      ? {name: path.basename(file), sha256}
      : {name: owner.name, version: owner.version, sha256};
  return {identity, module: pathToFileURL(file).href};
}

/** The first line of an error, as the end of a sentence. */
function causeOf(error: unknown): string {
  if (isErrno(error, 'ERR_UNKNOWN_FILE_EXTENSION') && /"\.[cm]?ts"/.test(String(error))) {
    return 'this version of Node.js runs no TypeScript. Use 22.18 or later, or compile the file to JavaScript and name that.';
  }
  const text = error instanceof Error ? error.message || error.name : String(error);
  return `${text.split('\n', 1)[0]!.replace(/[.!]$/, '')}.`;
}

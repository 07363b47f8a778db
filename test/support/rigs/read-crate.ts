import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {ROCrate} from 'ro-crate';
import {digestOf} from '../../../src/base/digest.ts';

/** An entity as the JSON has it. */
export type CrateEntity = Readonly<Record<string, unknown>> & {readonly '@id': string};

/** A crate that was read by rules that are written down here from the specification, and by another program. */
export interface ReadCrate {
  readonly entities: ReadonlyMap<string, CrateEntity>;
  readonly root: CrateEntity;
  /** The entities of a type. */
  readonly ofType: (type: string) => readonly CrateEntity[];
  /** The entities that a property refers to. */
  readonly follow: (entity: CrateEntity, property: string) => readonly CrateEntity[];
}

const specification = 'https://w3id.org/ro/crate/1.1';
const runTerms = 'https://w3id.org/ro/terms/workflow-run/context';
/** The context that the other program has with it. It has the terms of 1.1, and `sha256`, which `runTerms` adds. */
const newerContext = 'https://w3id.org/ro/crate/1.2/context';

/**
 * Reads a crate and asserts the rules of RO-Crate 1.1: its JSON-LD is flattened and compacted, its terms are defined, its
 * identifiers are URIs, its root has what it must have, its files are there and have the digests that it tells, and it
 * describes all of them. Asserts the rules of Process, Workflow and Provenance Run Crate 0.5 as well.
 */
export function readCrate(folder: string): ReadCrate {
  const text = readFileSync(path.join(folder, 'ro-crate-metadata.json'), 'utf8');
  const json = JSON.parse(text) as {'@context': unknown; '@graph': readonly CrateEntity[]};
  assert.deepEqual(Object.keys(json).sort(), ['@context', '@graph']);
  assert.deepEqual(json['@context'], [`${specification}/context`, runTerms]);
  const entities = new Map(json['@graph'].map((entity) => [entity['@id'], entity]));
  assert.equal(entities.size, json['@graph'].length, 'an @id stands for one entity');
  const root = entities.get('./')!;
  const crate: ReadCrate = {
    entities,
    root,
    ofType: (type) => [...entities.values()].filter((entity) => typesOf(entity).includes(type)),
    follow: (entity, property) =>
      referencesIn(entity[property]).map((id) => {
        assert.ok(entities.has(id), `${entity['@id']}.${property}: nothing is ${id}`);
        return entities.get(id)!;
      }),
  };
  for (const entity of entities.values()) assertFlat(entity, crate);
  assertRoot(crate);
  assertFiles(crate, folder);
  assertActions(crate);
  assertOtherProgram(json, crate);
  return crate;
}

function textAt(entity: CrateEntity, property: string): string {
  const value = entity[property];
  assert.ok(typeof value === 'string', `${entity['@id']}.${property} is no text`);
  return value;
}

function typesOf(entity: CrateEntity): readonly string[] {
  return [entity['@type']].flat() as string[];
}

function referencesIn(value: unknown): readonly string[] {
  return (value === undefined ? [] : [value].flat()).flatMap((one) =>
    typeof one === 'object' && one !== null && '@id' in one ? [String(one['@id'])] : [],
  );
}

/** What may be referred to without being described: specifications. */
const external = /^https:\/\/(w3id\.org\/ro\/crate\/1\.1|bioschemas\.org\/profiles\/\S+)$/;

function assertFlat(entity: CrateEntity, {entities}: ReadCrate): void {
  const {'@id': id} = entity;
  assert.ok(typesOf(entity).length > 0 && typesOf(entity).every(Boolean), id);
  assert.match(id, /^[^\p{C}\p{Z}"<>\\^`{|}]+$/u, 'an @id is a URI');
  assert.doesNotThrow(() => decodeURIComponent(id));
  for (const [name, value] of Object.entries(entity)) {
    if (name === '@type') continue;
    for (const one of [value].flat()) {
      assert.notEqual(one, null, `${id}.${name}`);
      if (typeof one !== 'object') continue;
      assert.deepEqual(Object.keys(one as object), ['@id'], `${id}.${name} is nested`);
    }
    for (const other of referencesIn(value)) {
      assert.ok(entities.has(other) || external.test(other), `${id}.${name}: nothing is ${other}`);
    }
  }
}

function assertRoot({root, entities, follow}: ReadCrate): void {
  const descriptor = entities.get('ro-crate-metadata.json')!;
  assert.equal(descriptor['@type'], 'CreativeWork');
  assert.deepEqual(descriptor['about'], {'@id': './'});
  assert.ok(referencesIn(descriptor['conformsTo']).includes(specification));
  assert.equal(root['@type'], 'Dataset');
  for (const name of ['name', 'description']) assert.match(textAt(root, name), /\S{3}/);
  assert.match(textAt(root, 'datePublished'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const [license] = follow(root, 'license');
  assert.ok(license!['name'] !== undefined && license!['description'] !== undefined);
}

function assertFiles({ofType, follow, root}: ReadCrate, folder: string): void {
  const parts = new Set(follow(root, 'hasPart').map((part) => part['@id']));
  const described = new Set(['ro-crate-metadata.json']);
  for (const file of ofType('File')) {
    const {'@id': id, sha256, contentSize} = file;
    assert.ok(parts.has(id), `${id} is a part`);
    assert.match(textAt(file, 'sha256'), /^[0-9a-f]{64}$/);
    const digest = /^ni:\/\/\/sha-256;(.+)$/.exec(id)?.[1];
    if (digest !== undefined) {
      assert.equal(Buffer.from(digest, 'base64url').toString('hex'), sha256);
      continue;
    }
    const name = decodeURIComponent(id);
    const bytes = readFileSync(path.join(folder, name));
    assert.equal(digestOf(bytes), sha256, id);
    assert.equal(contentSize, String(bytes.length), id);
    described.add(name);
  }
  const there = readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => !entry.isDirectory())
    .map(({parentPath, name}) => path.relative(folder, path.join(parentPath, name)));
  assert.deepEqual(there.sort(), [...described].sort(), 'every file is described');
}

const software = ['SoftwareApplication', 'ComputationalWorkflow'];

function assertActions({root, ofType, follow}: ReadCrate): void {
  const profiles = follow(root, 'conformsTo').map((one) => one['@id']);
  assert.ok(profiles.includes('https://w3id.org/ro/wfrun/process/0.5'));
  const mentioned = new Set(follow(root, 'mentions'));
  for (const action of ofType('CreateAction')) {
    assert.ok(mentioned.has(action), `${action['@id']} is mentioned`);
    const [tool, ...others] = follow(action, 'instrument');
    assert.equal(others.length, 0);
    assert.ok(typesOf(tool!).some((type) => software.includes(type)));
    for (const name of ['startTime', 'endTime']) {
      if (action[name] === undefined) continue;
      assert.match(textAt(action, name), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/);
    }
    for (const used of [...follow(action, 'object'), ...follow(action, 'result')]) {
      assert.ok(typesOf(used).some((type) => type === 'File' || type === 'PropertyValue'));
    }
    const isFailed = action['actionStatus'] === 'http://schema.org/FailedActionStatus';
    assert.equal(action['error'] !== undefined, isFailed, action['@id']);
  }
  for (const param of ofType('FormalParameter')) assert.ok(param['additionalType'] !== undefined);
  const [workflow] = follow(root, 'mainEntity');
  if (workflow === undefined) return;
  const types = ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'];
  assert.deepEqual(typesOf(workflow), types);
  assert.deepEqual(follow(workflow, 'programmingLanguage').map(typesOf), [['ComputerLanguage']]);
  const tools = new Set(follow(workflow, 'hasPart'));
  const steps = new Set(follow(workflow, 'step'));
  for (const step of ofType('HowToStep')) {
    assert.ok(steps.has(step));
    const [tool] = follow(step, 'workExample');
    assert.ok(tools.has(tool!), `${step['@id']} is done by a tool of the workflow`);
  }
  for (const control of ofType('ControlAction')) {
    assert.deepEqual(follow(control, 'instrument').map(typesOf), [['HowToStep']]);
    assert.ok(follow(control, 'object').every((one) => one['@type'] === 'CreateAction'));
  }
  const [organised] = ofType('OrganizeAction');
  assert.deepEqual(new Set(follow(organised!, 'object')), new Set(ofType('ControlAction')));
  assert.deepEqual(follow(follow(organised!, 'result')[0]!, 'instrument'), [workflow]);
}

/** Another program reads the same entities, and knows every term. */
function assertOtherProgram(json: object, {entities, root}: ReadCrate): void {
  const newer = {...json, '@context': newerContext};
  const other = new ROCrate(newer, {array: true, link: true});
  assert.equal(other.rootDataset['@id'], root['@id']);
  assert.deepEqual(other.rootDataset['name'], [root['name']]);
  assert.equal(other.resolveTerm('nothing'), undefined);
  for (const entity of entities.values()) {
    assert.ok(other.getEntity(entity['@id']), entity['@id']);
    const terms = Object.keys(entity).filter((name) => !name.startsWith('@'));
    for (const term of [...terms, ...typesOf(entity)]) {
      assert.ok(other.resolveTerm(term), `${entity['@id']}: ${term} is no term of RO-Crate`);
    }
  }
}

import {localId, type Entities, type Reference} from './entity.ts';

/** Adds a person. @param text a name, or a name and an address: `Ada Lovelace <https://orcid.org/0000-…>` */
export function personOf(text: string, entities: Entities): Reference {
  const parts = /^(?<name>.*\S)\s*<(?<address>[^<>\s]+)>$/u.exec(text)?.groups;
  const name = parts?.['name'] ?? text;
  const address = parts?.['address'];
  const id = address !== undefined && URL.canParse(address) ? new URL(address).href : undefined;
  return entities.add({'@id': id ?? localId('person', name), '@type': 'Person', name});
}

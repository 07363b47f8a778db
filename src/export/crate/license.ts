import {localId, type Entities, type Reference} from './entity.ts';

/**
 * Adds a licence.
 * @param text an identifier of the SPDX list such as `CC-BY-4.0`, an address, or a text of the user's; absent: none was
 * stated, which the entity says, since every crate must have one
 */
export function licenseOf(text: string | undefined, entities: Entities): Reference {
  if (text === undefined) {
    return entities.add({
      '@id': localId('no-licence'),
      '@type': 'CreativeWork',
      name: 'No licence was stated',
      description:
        'Whoever exported this run stated no licence: ask them before you use or share its files.',
    });
  }
  if (/^https?:\/\/\S+$/.test(text) && URL.canParse(text)) {
    return entities.add({
      '@id': new URL(text).href,
      '@type': 'CreativeWork',
      name: text,
      description: `The licence at ${text}.`,
    });
  }
  const isSpdx = /^[A-Za-z0-9][A-Za-z0-9.+-]*$/.test(text);
  return entities.add({
    '@id': isSpdx ? `https://spdx.org/licenses/${text}` : localId('licence', text),
    '@type': 'CreativeWork',
    name: text,
    description: isSpdx ? `The licence with the SPDX identifier ${text}.` : text,
  });
}

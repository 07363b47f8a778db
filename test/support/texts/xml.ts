/** An element of an XML document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const token =
  /<!--(?:(?!--)[^])*-->|<(?<close>\/?)(?<name>[\w:-]+)(?<attributes>(?:\s+[\w:-]+="[^"<]*")*)\s*(?<empty>\/?)>|(?<text>[^<]+)/gy;
const attribute = /([\w:-]+)="([^"]*)"/g;
const reference = /&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g;
const named: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};

/**
 * Parses XML of elements, attributes, text and comments. Throws if it is not well-formed, and at a document type or an
 * instruction.
 */
export function parseXml(xml: string): XmlElement {
  if (/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(xml)) {
    throw new Error('There is a character that XML does not allow.');
  }
  const document: OpenElement = {name: '', attributes: new Map(), children: [], text: ''};
  const open = [document];
  let end = 0;
  for (const match of xml.matchAll(token)) {
    end = match.index + match[0].length;
    const {close, name, attributes = '', empty, text} = match.groups!;
    const parent = open.at(-1)!;
    if (text !== undefined) parent.text += decode(text);
    else if (close === '/') {
      if (parent.name !== name) throw new Error(`</${name}> closes <${parent.name}>.`);
      open.pop();
    } else if (name !== undefined) {
      const element: OpenElement = {name, attributes: read(attributes), children: [], text: ''};
      parent.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  if (end !== xml.length) throw new Error(`Not XML: ${xml.slice(end, end + 50)}`);
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is never closed.`);
  if (document.children.length !== 1 || document.text.trim() !== '') {
    throw new Error('There is not one element around all others.');
  }
  return document.children[0]!;
}

/** An element and all its descendants, in document order. */
export function withDescendants(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(withDescendants)];
}

function read(attributes: string): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  for (const [, name, value] of attributes.matchAll(attribute)) {
    if (read.has(name!)) throw new Error(`${name} is given twice.`);
    read.set(name!, decode(value!));
  }
  return read;
}

function decode(text: string): string {
  if (text.replaceAll(reference, '').includes('&')) throw new Error(`A bare & in ${text}`);
  return text.replaceAll(reference, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    const character = named[name!];
    if (character === undefined) throw new Error(`XML has no ${whole}`);
    return character;
  });
}

import type {PickleMachine} from './pickle-machine.ts';

/**
 * The effect of each instruction of a pickle, by code: those with which `torch.save` writes tensors, lists,
 * dictionaries, texts and numbers in protocols 2 to 5. The instruction that ends a pickle is not included.
 */
export const opcodes: ReadonlyMap<number, (machine: PickleMachine) => void> = new Map(
  Object.entries<(machine: PickleMachine) => void>({
    // The whole pickle: version of the protocol, length of a frame.
    '\x80': assertProtocol,
    '\x95': ({bytes}) => void bytes.length(8),
    // Constants.
    N: (machine) => machine.push(undefined),
    '\x88': (machine) => machine.push(true),
    '\x89': (machine) => machine.push(false),
    // Numbers.
    J: (machine) => machine.push(machine.bytes.take(4).readInt32LE()),
    K: (machine) => machine.push(machine.bytes.byte()),
    M: (machine) => machine.push(machine.bytes.unsigned(2)),
    '\x8a': (machine) => machine.push(machine.bytes.long()),
    G: (machine) => machine.push(machine.bytes.take(8).readDoubleBE()),
    // Texts.
    X: (machine) => machine.push(machine.bytes.text(4)),
    '\x8c': (machine) => machine.push(machine.bytes.text(1)),
    '\x8d': (machine) => machine.push(machine.bytes.text(8)),
    // Lists and tuples.
    '(': (machine) => machine.mark(),
    ']': (machine) => machine.push([]),
    ')': (machine) => machine.push([]),
    '\x85': (machine) => machine.push(machine.popMany(1)),
    '\x86': (machine) => machine.push(machine.popMany(2)),
    '\x87': (machine) => machine.push(machine.popMany(3)),
    t: (machine) => machine.push(machine.popToMark()),
    a: (machine) => append(machine, machine.popMany(1)),
    e: (machine) => append(machine, machine.popToMark()),
    // Dictionaries.
    '}': (machine) => machine.push(new Map()),
    s: (machine) => setItems(machine, machine.popMany(2)),
    u: (machine) => setItems(machine, machine.popToMark()),
    // The memo: values that were made before.
    q: (machine) => machine.remember(machine.bytes.byte()),
    r: (machine) => machine.remember(machine.bytes.unsigned(4)),
    '\x94': (machine) => machine.remember(),
    h: (machine) => machine.recall(machine.bytes.byte()),
    j: (machine) => machine.recall(machine.bytes.unsigned(4)),
    // Objects.
    c: (machine) => machine.pushGlobal(machine.bytes.line(), machine.bytes.line()),
    '\x93': (machine) => {
      const [module, name] = machine.popMany(2);
      machine.pushGlobal(module, name);
    },
    Q: (machine) => machine.pushStorage(),
    R: (machine) => machine.reduce(),
    b: (machine) => machine.build(),
  }).map(([character, instruction]) => [character.charCodeAt(0), instruction]),
);

function assertProtocol({bytes}: PickleMachine): void {
  const protocol = bytes.byte();
  if (protocol < 2 || protocol > 5) throw new RangeError(`its pickle has a protocol ${protocol}`);
}

function append(machine: PickleMachine, values: readonly unknown[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw new RangeError('its pickle appends to what is no list');
  // One by one: as arguments, many would overflow the stack of the JavaScript engine.
  for (const value of values) (list as unknown[]).push(value);
}

function setItems(machine: PickleMachine, items: readonly unknown[]): void {
  const dictionary = machine.top();
  if (!(dictionary instanceof Map) || items.length % 2 === 1) {
    throw new RangeError('its pickle sets items of what is no dictionary');
  }
  for (let i = 0; i < items.length; i += 2) dictionary.set(items[i], items[i + 1]);
}

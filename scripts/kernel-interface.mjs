// Generates the classes with which kernels of the `wasm` engine read their arguments, and the switch that calls
// kernels, from the table in `src/tensor/engines/wasm/kernel-signatures.ts`, which also types the calls.

/** The AssemblyScript files that are generated, by name. */
export function kernelInterface(kernels) {
  return new Map([
    ['kernel-arguments.ts', argumentClasses(kernels)],
    ['dispatch.ts', dispatch(kernels)],
  ]);
}

/** A class for each kernel, a view of the words of a command's arguments. */
function argumentClasses(kernels) {
  const known = [];
  const classes = Object.entries(kernels).map(([kernel, signature]) => {
    const name = className(kernel);
    const fields = Object.entries(signature).map(([field, argument]) => [
      field,
      JSON.stringify(argument),
    ]);
    // A class whose fields begin with those of another one extends it, so that both can share functions.
    const base = known.findLast(
      (other) =>
        other.fields.length > 0 &&
        other.fields.every(([field, argument], i) => fields[i]?.join() === `${field},${argument}`),
    );
    if (base?.fields.length === fields.length) return `export type ${name} = ${base.name};\n`;
    known.push({name, fields});
    const own = Object.entries(signature).slice(base?.fields.length ?? 0);
    return argumentClass(name, own, base);
  });
  return `// Written by scripts/kernel-interface.mjs.\n${classes.join('\n')}`;
}

function argumentClass(name, signature, base) {
  let offset = 4 * (base?.fields.length ?? 0);
  let records = '';
  const members = signature.map(([field, argument]) => {
    const start = offset;
    if (typeof argument === 'string') {
      offset += 4;
      return `  ${field}: ${argument === 'float' ? 'f32' : 'i32'};`;
    }
    if (argument.numbers !== undefined) {
      offset += 4 * argument.numbers;
      const words = Array.from(
        {length: argument.numbers},
        (_, i) => `  private ${field}${i}: i32;`,
      );
      return [...words, indexed(field, start)].join('\n');
    }
    offset += 4;
    const count = `  ${field}Count: i32;`;
    if (argument.list === 'tensor') return `${count}\n${indexed(field, offset)}`;
    const record = name.replace('Arguments', '') + capital(field);
    const own = Object.entries(argument.list);
    records = argumentClass(record, own);
    return `${count}
  @inline
  ${field}(index: i32): ${record} {
    return changetype<${record}>(changetype<usize>(this) + ${offset} + <usize>index * ${4 * own.length});
  }`;
  });
  const extending = base === undefined ? '' : ` extends ${base.name}`;
  return `${records}@unmanaged
export class ${name}${extending} {
${members.join('\n')}
}
`;
}

/** Access to one of several words. */
function indexed(field, offset) {
  return `  @inline
  ${field}(index: i32): i32 {
    return load<i32>(changetype<usize>(this) + (<usize>index << 2), ${offset});
  }`;
}

/** Commands that `assembly/index.ts` carries out itself. */
const control = ['barrier', 'takePieces'];

function dispatch(kernels) {
  const names = Object.keys(kernels);
  const called = names.filter((name) => !control.includes(name));
  const cases = called.map(
    (name) => `    case ${1 + names.indexOf(name)}:
      ${name}(changetype<${className(name)}>(args), slots, scratch, thread, threads);
      break;`,
  );
  return `// Written by scripts/kernel-interface.mjs.
import {${called.map(className).join(', ')}} from './kernel-arguments';
import {${called.join(', ')}} from './kernels';

${control.map((name) => `export const ${name}Number: i32 = ${1 + names.indexOf(name)};\n`).join('')}
/** Does the part of a command that belongs to this thread. */
export function dispatch(command: usize, slots: usize, scratch: usize, thread: i32, threads: i32): void {
  const args = command + 8;
  switch (load<i32>(command)) {
${cases.join('\n')}
    default:
      unreachable();
  }
}
`;
}

function className(kernel) {
  return `${capital(kernel)}Arguments`;
}

function capital(name) {
  return name[0].toUpperCase() + name.slice(1);
}

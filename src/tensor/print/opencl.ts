import {hasBarrier} from '../kernels/has-barrier.ts';
import type {BinaryOperator, Expression, Type, UnaryOperator} from '../kernels/ir.ts';
import type {Binding, Dispatch} from '../kernels/kernel.ts';
import {
  BodyPrinter,
  guardedBody,
  memoryName,
  sharedName,
  type SelectTexts,
} from './body-printer.ts';
import {gridOf} from './grid.ts';
import {bitsText} from './number-text.ts';

/** The name of the kernel: C takes `main` for itself. */
export const openClEntryPoint = 'main_kernel';

/**
 * A program of OpenCL C 1.2 with one kernel, to be launched as `gridOf` says, with the memories as arguments in the order
 * of the bindings.
 *
 * A product and a sum may be rounded once, as most drivers do with WGSL. Functions have the precision that OpenCL asks
 * of them; the driver's options may ask for a division that is rounded correctly.
 * @throws Error if the dispatch stores to a memory that it may not, or in another type than the memory's
 */
export function printOpenCl(dispatch: Dispatch): string {
  const {threads, groups, shared, bindings, body} = dispatch;
  const printer = new OpenClPrinter(bindings);
  const statements = printer.block(guardedBody(dispatch));
  const {x, y} = gridOf(groups);
  const group =
    y === 1 ? '(uint)get_group_id(0)' : `(uint)get_group_id(0) + ${x}u * (uint)get_group_id(1)`;
  return [
    '#pragma OPENCL FP_CONTRACT ON',
    ...(body.some(hasBarrier) ? barrierDefinition : []),
    `__kernel __attribute__((reqd_work_group_size(${threads}, 1, 1)))`,
    `void ${openClEntryPoint}(`,
    bindings.map((binding, place) => `  ${parameter(binding, place)}`).join(',\n'),
    ') {',
    ...(shared > 0 ? [`  __local float4 ${sharedName}[${shared}];`] : []),
    ...printer.aliases(),
    `  const uint group = ${group};`,
    '  const uint thread = (uint)get_local_id(0);',
    ...statements,
    '}',
    '',
  ].join('\n');
}

/**
 * PoCL, which runs on CPUs, goes wrong where a branch of threads, or a loop, follows a barrier directly: it lets one thread
 * choose for all, or leaves the loop out. A load that must not be left out stands between them. Other drivers need none.
 */
const barrierDefinition: readonly string[] = [
  '#ifdef POCL_DEVICE_ADDRESS_BITS',
  `#define BARRIER(flags) barrier(flags); (void)*(volatile __global const uint *)${memoryName(0)}`,
  '#else',
  '#define BARRIER(flags) barrier(flags)',
  '#endif',
];

/** Bindings are different memories, or memories that nobody writes: that is what `restrict` promises. */
function parameter({type, isWritten}: Binding, place: number): string {
  return `${pointer(type, isWritten)} restrict ${memoryName(place)}`;
}

function pointer(type: 'f32' | 'vec4f', isWritten: boolean): string {
  return `__global ${isWritten ? '' : 'const '}${types[type]} *`;
}

const types: Readonly<Record<Type, string>> = {
  f32: 'float',
  vec4f: 'float4',
  u32: 'uint',
  i32: 'int',
  bool: 'bool',
  vec4b: 'int4',
};

class OpenClPrinter extends BodyPrinter {
  protected readonly integerSuffixes = {u32: 'u', i32: ''};
  protected readonly barriers = {
    workgroup: 'BARRIER(CLK_LOCAL_MEM_FENCE);',
    device: 'BARRIER(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);',
  };
  /** Places of vectors that are read as numbers. */
  readonly #readAsNumbers = new Set<number>();

  /** Pointers to numbers that the printed statements need. */
  aliases(): readonly string[] {
    const places = [...this.#readAsNumbers].sort((a, b) => a - b);
    return places.map((place) => {
      const type = pointer('f32', this.binding(place).isWritten);
      return `  ${type}numbers_of_${memoryName(place)} = (${type})${memoryName(place)};`;
    });
  }

  protected declaration(name: string, type: Type, isVariable: boolean): string {
    return `${isVariable ? '' : 'const '}${types[type]} ${name}`;
  }

  protected notFinite(value: number): string {
    return `as_float(${bitsText(value)})`;
  }

  protected functionName(operator: UnaryOperator | BinaryOperator, type: Type): string | undefined {
    const isInteger = type === 'u32' || type === 'i32';
    switch (operator) {
      case 'abs':
        return 'fabs';
      case 'floor':
      case 'exp':
      case 'log':
      case 'sqrt':
        return operator;
      case 'min':
      case 'max':
        return isInteger ? operator : `f${operator}`;
      case 'remainder':
        return isInteger ? undefined : 'fmod';
      case 'negate':
      case 'add':
      case 'subtract':
      case 'multiply':
      case 'divide':
      case 'less':
      case 'equal':
      case 'and':
      case 'or':
        return undefined;
    }
  }

  protected conversion(to: 'f32' | 'u32' | 'i32', operand: string): string {
    return `convert_${types[to]}(${operand})`;
  }

  protected vector(parts: string): string {
    return `((float4)(${parts}))`;
  }

  protected select({condition, yes, no}: SelectTexts, conditionType: Type): string {
    return conditionType === 'vec4b'
      ? `select(${no}, ${yes}, ${condition})`
      : `(${condition} ? ${yes} : ${no})`;
  }

  protected load({memory, type, index}: Extract<Expression, {kind: 'load'}>): string {
    const name = memoryName(memory);
    const text = this.expression(index);
    if (this.binding(memory).type === type) return `${name}[${text}]`;
    if (type === 'vec4f') return `vload4(${text}, ${name})`;
    this.#readAsNumbers.add(memory);
    return `numbers_of_${name}[${text}]`;
  }
}

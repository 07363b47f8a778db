/**
 * The kernel language: what the GPU compiler writes, and what printers turn into WGSL and OpenCL C.
 *
 * A kernel is run by workgroups of threads. A workgroup has a memory of vectors that its threads share, and barriers at
 * which they wait for each other. Every name is assigned where it is declared, and visible to the end of its block.
 * Threads of one workgroup must reach the same barriers: conditions and bounds around a barrier depend on constants, on
 * the workgroup's number and on other such bounds only.
 */

/** `vec4f` holds four numbers, `vec4b` what comparing two of those gives. Integers have 32 bits and wrap around. */
export type Type = 'f32' | 'vec4f' | 'u32' | 'i32' | 'bool' | 'vec4b';

/** Of a type of numbers: 4 for `vec4f`, 1 for `f32`. */
export type NumberType = 'f32' | 'vec4f';

export type UnaryOperator = 'negate' | 'abs' | 'floor' | 'exp' | 'log' | 'sqrt';

/** Both operands have the same type. Comparisons give `bool`, or `vec4b` for vectors. */
export type BinaryOperator =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'remainder'
  | 'min'
  | 'max'
  | 'less'
  | 'equal'
  | 'and'
  | 'or';

/** A pure expression. Evaluating it twice gives the same number unless memory changed in between. */
export type Expression =
  | {readonly kind: 'literal'; readonly type: 'f32' | 'u32' | 'i32'; readonly value: number}
  /** The number of the workgroup in its dispatch, or of the thread in its workgroup. */
  | {readonly kind: 'builtin'; readonly type: 'u32'; readonly name: 'group' | 'thread'}
  | {readonly kind: 'local'; readonly type: Type; readonly name: string}
  | {
      readonly kind: 'unary';
      readonly type: NumberType;
      readonly operator: UnaryOperator;
      readonly operand: Expression;
    }
  | {
      readonly kind: 'binary';
      readonly type: Type;
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** Of vectors, component by component if the condition is a `vec4b`. Both sides may be evaluated. */
  | {
      readonly kind: 'select';
      readonly type: Type;
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  /** Between `f32`, `u32` and `i32`. To integers: towards zero; undefined for numbers that do not fit. */
  | {
      readonly kind: 'convert';
      readonly type: 'f32' | 'u32' | 'i32';
      readonly operand: Expression;
    }
  /** A vector of one number four times, or of four numbers. */
  | {readonly kind: 'splat'; readonly type: 'vec4f'; readonly operand: Expression}
  | {readonly kind: 'vector'; readonly type: 'vec4f'; readonly parts: readonly Expression[]}
  | {
      readonly kind: 'component';
      readonly type: 'f32';
      readonly of: Expression;
      readonly index: 0 | 1 | 2 | 3;
    }
  /** What lies at an index of a memory, counted in numbers or vectors as the type says. */
  | {
      readonly kind: 'load';
      readonly type: NumberType;
      readonly memory: MemoryId;
      readonly index: Expression;
    }
  /** A vector of the workgroup's memory. */
  | {readonly kind: 'shared'; readonly type: 'vec4f'; readonly index: Expression};

/**
 * A memory of the device. In a kernel: the node whose numbers lie there from index 0. In a dispatch: the place of a
 * binding in the dispatch's list.
 */
export type MemoryId = number;

export type Statement =
  /** A constant or, if `isVariable`, a variable. */
  | {
      readonly kind: 'declare';
      readonly name: string;
      readonly value: Expression;
      readonly isVariable: boolean;
    }
  | {readonly kind: 'assign'; readonly name: string; readonly value: Expression}
  | {
      readonly kind: 'store';
      readonly memory: MemoryId;
      readonly index: Expression;
      readonly value: Expression;
    }
  | {readonly kind: 'storeShared'; readonly index: Expression; readonly value: Expression}
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  /** `name` counts from `from` up, by `step`, while it is less than `below`; all of one integer type. */
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly from: Expression;
      readonly below: Expression;
      readonly step: number;
      readonly body: readonly Statement[];
    }
  /**
   * The threads of the workgroup wait for each other, and then see what the others wrote to the workgroup's memory; with
   * `device`, to the device's memory as well.
   */
  | {readonly kind: 'barrier'; readonly memory: 'workgroup' | 'device'};

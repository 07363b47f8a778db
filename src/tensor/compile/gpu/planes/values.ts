import type {Code} from '../../../kernels/code.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Shape} from '../../../shape.ts';
import {broadcastAccess, loadVector, storeVector, type Access} from '../access.ts';
import type {Node} from '../node.ts';
import type {Geometry} from './geometry.ts';
import type {Grid, Slot} from './grid.ts';
import {isStatistic, memberOf} from './members.ts';

/** What a cluster computes, reads and writes. */
export interface Operands {
  /** By id. */
  readonly members: ReadonlySet<number>;
  /** Where operands lie that are no members, by the id of the operand. */
  readonly outside: ReadonlyMap<number, Access>;
  /** Where members are stored that others read, by id. */
  readonly targets: ReadonlyMap<number, Access>;
}

/** With so many vectors of a value, keeping what was read costs more registers than reading again costs time. */
const manyVectors = 8;

/** Whether threads read pixels again after they waited: nearby memory still has them. */
export function readsAgain({blocks, side}: Geometry): boolean {
  return blocks * side ** 2 >= manyVectors;
}

/**
 * The vectors that a thread has of each value. Members are stored as they are computed, so that no register keeps them
 * for that; other values are read where they are first needed.
 */
export class Values {
  readonly #code: Code;
  readonly #grid: Grid;
  readonly #operands: Operands;
  readonly #computed = new Map<string, Expression>();
  readonly #read = new Map<string, Expression>();

  constructor(code: Code, grid: Grid, operands: Operands) {
    this.#code = code;
    this.#grid = grid;
    this.#operands = operands;
  }

  set({id, shape}: Node, slot: Slot, value: Expression): void {
    const named = this.#code.let(value);
    this.#computed.set(`${id} ${slot.key}`, named);
    const target = this.#operands.targets.get(id);
    if (target === undefined) return;
    this.#code.if(slot.isOwn, (block) =>
      storeVector(block, target, this.#coordinates(shape, slot), named),
    );
  }

  /** The vector of an operand, broadcast to a shape, at a slot of that shape's level. */
  at(operand: Node, shape: Shape, slot: Slot): Expression {
    const member = memberOf(operand, this.#operands.members);
    if (member === undefined) return this.#load(operand, shape, slot);
    const key = isStatistic(member.shape) ? '' : slot.key;
    const value = this.#computed.get(`${member.id} ${key}`);
    if (value === undefined) throw new Error(`Node ${member.id} is not computed yet`);
    return value;
  }

  /** Forgets what was read at pixels if it is to be read again after threads waited. */
  afterWait(): void {
    if (!readsAgain(this.#grid.geometry)) return;
    for (const key of this.#read.keys()) if (!key.endsWith(' ')) this.#read.delete(key);
  }

  #load(operand: Node, shape: Shape, slot: Slot): Expression {
    const access = broadcastAccess(this.#operands.outside.get(operand.id)!, shape);
    const coordinates = this.#coordinates(shape, slot);
    if (access.constant !== undefined) return loadVector(access, coordinates);
    const varies = shape.length === 4 && [1, 2].some((axis) => access.strides[axis] !== 0);
    const key = `${operand.id} ${shape.length} ${varies ? slot.key : ''}`;
    let value = this.#read.get(key);
    if (value === undefined) {
      value = this.#code.let(loadVector(access, coordinates), 'r');
      this.#read.set(key, value);
    }
    return value;
  }

  #coordinates({length}: Shape, {y, x}: Slot): readonly Expression[] {
    const {image, channels} = this.#grid;
    return length === 2 ? [image, channels] : [image, y, x, channels];
  }
}

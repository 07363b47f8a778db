/** One section of nodes as if it were all, and where its numbers lie among those of the others. */
import type {Expression} from '../../../kernels/ir.ts';
import type {Access, Places} from '../access.ts';
import {isView, type Node} from '../node.ts';
import type {Sections} from './sections.ts';

/** Nodes of the same ids that have the numbers of one section. */
export function nodesOfSection(nodes: readonly Node[], {axes, size}: Sections): readonly Node[] {
  const known = new Map<Node, Node>();
  const sectionOf = (node: Node): Node => {
    const found = known.get(node);
    if (found !== undefined) return found;
    const axis = axes.get(node);
    const section = {
      ...node,
      shape: axis === undefined ? node.shape : node.shape.with(axis, size),
      operands: isView(node) || axes.has(node) ? node.operands.map(sectionOf) : [],
    };
    known.set(node, section);
    return section;
  };
  return nodes.map(sectionOf);
}

/** @param section the number of the section */
export function placesOfSection(
  places: Places,
  {axes, size}: Sections,
  section: Expression,
): Places {
  const axisOf = new Map([...axes].map(([{id}, axis]) => [id, axis]));
  const within = ({id}: {readonly id: number}, access: Access): Access => {
    const axis = axisOf.get(id);
    if (axis === undefined) return access;
    const shape = access.shape.with(axis, size);
    return {...access, shape, section: {number: section, step: size * access.strides[axis]!}};
  };
  return {
    read: (node) => within(node, places.read(node)),
    write: (node) => within(node, places.write(node)),
  };
}

import type {Layer} from './layer.ts';

/** The channels and classes of a network; the size of its images is given later, when its layers are fitted to them. */
export interface Purpose {
  readonly channels: number;
  readonly classes: number;
}

/** A kind of network. */
export type Architecture = (purpose: Purpose) => Layer;

/** The export `architectures` of a file in `architectures/`: networks by name. */
export type Architectures = Readonly<Record<string, Architecture>>;

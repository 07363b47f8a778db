import {getBuiltinModule} from 'node:process';

/**
 * A module of Node.js that few runs need, loaded now. Those for processes, threads and servers take longer to load than
 * much of this program, whose runs mostly find everything stored.
 */
export const onDemand = getBuiltinModule;

/** Prints what more threads would do for student steps and a step of training: see `thread-simulation.ts`. */
import {studentPrograms, trainingProgram} from '../test/support/engines/learning-programs.ts';
import {configurations, depth} from './configurations.ts';
import {simulate} from './thread-simulation.ts';

/** @param threads numbers of threads */
export function simulateThreads(threads: readonly number[]): void {
  const network = (width: number): string => `ConvNetD${depth}W${width}`;
  const images = {size: 32, channels: 3, batch: 256};
  const workloads = [
    ...Object.entries(configurations).map(([name, {width, ...sizes}]) => ({
      name: `${name}: a student step and its way back`,
      programs: studentPrograms(network(width), sizes),
    })),
    {name: 'training on a batch of 256', programs: [trainingProgram(network(128), images)]},
  ];
  for (const {name, programs} of workloads) {
    console.log(`\n${name}`);
    for (const count of threads) {
      const {path, barriers, foreignBytes, efficiency} = simulate(programs, count);
      console.log(
        `  ${String(count).padStart(2)} threads: ${(path / 1e6).toFixed(1)} M multiply-adds of the slowest, ` +
          `${barriers} barriers, ${(foreignBytes / 1e6).toFixed(2)} MB a thread that others wrote, ` +
          `${(count * efficiency).toFixed(1)} times as fast, efficiency ${(100 * efficiency).toFixed(0)} %`,
      );
    }
  }
}

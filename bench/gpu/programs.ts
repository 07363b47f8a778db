/** The programs whose dispatches are timed one by one, and numbers to run them on. */
import {createModel} from '../../src/learning/models/catalog.ts';
import {oneHot} from '../../src/learning/training/loss.ts';
import type {Program} from '../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../src/tensor/shape.ts';
import {studentPrograms, trainingProgram} from '../../test/support/engines/learning-programs.ts';
import {classes, configurationOf, depth, type Configuration} from '../configurations.ts';
import {hashFill} from '../hash-fill.ts';
import {filledTheta} from '../workload.ts';

export interface ProfiledProgram {
  readonly title: string;
  readonly program: Program;
  readonly batch: number;
  /** The numbers of an input. */
  readonly numbersOf: (input: string, shape: Shape) => Float32Array;
}

/**
 * The programs of a name: of a configuration of the student, or of training in batches of 256 (`expert`) or 10 (`few`).
 * @throws Error if there is nothing of that name
 */
export function programsOf(name: string): readonly ProfiledProgram[] {
  switch (name) {
    case 'expert':
    case 'few': {
      const configuration = {...configurationOf('A'), batch: name === 'expert' ? 256 : 10};
      const program = trainingProgram(networkOf(configuration), configuration);
      const title = `training in batches of ${configuration.batch}`;
      return [{title, program, ...numbersFor(configuration)}];
    }
    default: {
      const configuration = configurationOf(name);
      const [step, back] = studentPrograms(networkOf(configuration), configuration);
      return [
        {title: `${name}, a step`, program: step, ...numbersFor(configuration)},
        {title: `${name}, its way back`, program: back, ...numbersFor(configuration)},
      ];
    }
  }
}

function networkOf({width}: Configuration): string {
  return `ConvNetD${depth}W${width}`;
}

function numbersFor(configuration: Configuration): Pick<ProfiledProgram, 'batch' | 'numbersOf'> {
  const {batch, size, channels} = configuration;
  const input = {height: size, width: size, channels};
  const model = createModel(networkOf(configuration), {input, classes});
  return {
    batch,
    numbersOf(name, shape) {
      const count = sizeOf(shape);
      const labels = Array.from({length: count}, (_, i) => i % classes);
      switch (name) {
        case 'theta':
          return filledTheta(model);
        case 'images':
          return hashFill(1000, 1, count);
        case 'labels':
          return Float32Array.from(labels);
        case 'targets':
          return oneHot(labels.slice(0, batch), classes);
        case 'row': // The images of the batch, whatever else a row begins with.
          return Float32Array.from({length: count}, (_, i) => i);
        default:
          return hashFill(2000, 1e-3, count);
      }
    },
  };
}

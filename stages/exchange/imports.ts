import type {Imports} from '../../src/contract/offers.ts';

/** The files of the official program that `pipeline import` reads. */
export const imports: Imports = {
  description: 'import files of the official PyTorch program',
  files: 'files written by torch.save, or a folder of them',
  options: [
    {
      flags: '--dataset <name>',
      description: 'the data set that the files were made from',
      isRequired: true,
    },
    {
      flags: '--source <url>',
      description: 'the source of the data set; imagenet and images need one',
    },
    {
      flags: '--classes <names>',
      description: 'the classes: a subset of imagenet, or folders: a,b',
    },
    {flags: '--no-zca', description: 'the images were normalised, not whitened'},
  ],
  kinds: [
    {
      name: 'buffers',
      description: 'import experts: replay_buffer_*.pt',
      options: [
        {
          flags: '--model <name>',
          description: 'the network of the experts',
          isRequired: true,
        },
      ],
      namesInFolder: /^replay_buffer_\d+\.pt$/,
      example: 'replay_buffer_0.pt, …',
      examples: [
        'pipeline import buffers buffers/ --dataset cifar10 --model ConvNet',
        'pipeline import buffers replay_buffer_0.pt --dataset cifar10 --model ConvNet --no-run',
      ],
      load: async () => {
        const {importedBuffers} = await import('./imported-pipeline.ts');
        const {bufferFault} = await import('./buffer-fault.ts');
        return {importedPipeline: importedBuffers, findFileFault: bufferFault};
      },
    },
    {
      name: 'synthetic',
      description:
        'import a synthetic set: images_best.pt, labels_best.pt and lr_best.pt, or files of other names: a tensor of rank 1 of whole numbers, or of rank 2, is the labels, and a single number the step size',
      options: [
        {
          flags: '--step-size <number>',
          description: 'the learned step size, where the files do not contain it',
          isNumber: true,
        },
        {
          flags: '--model <name>',
          description: 'the network to evaluate the set with',
          default: 'ConvNet',
        },
      ],
      namesInFolder: /^(images|labels|lr)_best\.pt$/,
      example: 'images_best.pt',
      examples: [
        'pipeline import synthetic images_best.pt labels_best.pt --dataset cifar10',
        'pipeline import synthetic logged_files/ --dataset cifar10 --step-size 0.02 -o set.yaml',
      ],
      load: async () => {
        const {importedSynthetic} = await import('./imported-pipeline.ts');
        const {setFault} = await import('./set-fault.ts');
        return {importedPipeline: importedSynthetic, findFileFault: setFault};
      },
    },
  ],
};

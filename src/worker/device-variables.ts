/** Which devices a process sees, and how: the run decides it. */
export const deviceVariables = [
  'CUDA_VISIBLE_DEVICES',
  'CUDA_DEVICE_ORDER',
  'TF_FORCE_GPU_ALLOW_GROWTH',
] as const;

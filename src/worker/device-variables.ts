/** Environment variables that determine which devices a process sees; the run sets them. */
export const deviceVariables = [
  'CUDA_VISIBLE_DEVICES',
  'CUDA_DEVICE_ORDER',
  'TF_FORCE_GPU_ALLOW_GROWTH',
] as const;

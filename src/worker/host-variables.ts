/**
 * The variables that say where this machine keeps things: programs and their libraries, the user's home and caches,
 * temporary files, the way to the network, drivers of GPUs, and the GPUs of AMD and Intel that a scheduler allows. Workers and programs get them from the head. They are no part of a key, since
 * they differ between machines on which the same program gives the same result. What changes a result is not among them:
 * `LANG` and `LC_ALL` decide how texts sort and numbers are written, `PYTHONPATH` which code runs.
 */
export const hostVariables = [
  'PATH',
  'LD_LIBRARY_PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'XDG_DATA_DIRS',
  'XDG_CONFIG_DIRS',
  'VK_DRIVER_FILES',
  'VK_ADD_DRIVER_FILES',
  'VK_ICD_FILENAMES',
  'OCL_ICD_VENDORS',
  'OCL_ICD_FILENAMES',
  'ROCR_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'GPU_DEVICE_ORDINAL',
  'ZE_AFFINITY_MASK',
] as const;

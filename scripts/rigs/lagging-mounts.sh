#!/usr/bin/env bash
# Two machines, so to speak, with one store on a file system that lags: two mounts by sshfs, which for some seconds
# remember what they have seen, and also what was not there. Counts how many instances are computed twice.
#
#   scripts/rigs/lagging-mounts.sh [INSTANCES] [SECONDS]       default: 200 instances, 20 s
#
# Needs root, a build, and: apt-get install -y --no-install-recommends openssh-server sshfs
# WITHOUT_NOTES=1 removes each lease that says that it is done, as if there were none: the count must then be higher.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

instances=${1:-200} seconds=${2:-20} port=22022
folder=$(mktemp -d)
pids=()
finish() {
  # A mount may still be busy.
  for mount in a b; do fusermount3 -uz "$folder/$mount" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT

mkdir -p "$folder/store" "$folder/a" "$folder/b" /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$folder/host"
ssh-keygen -q -t ed25519 -N '' -f "$folder/key"
cat >"$folder/sshd_config" <<CONFIG
Port $port
ListenAddress 127.0.0.1
HostKey $folder/host
AuthorizedKeysFile $folder/key.pub
StrictModes no
PermitRootLogin prohibit-password
PidFile none
Subsystem sftp internal-sftp
CONFIG
/usr/sbin/sshd -D -f "$folder/sshd_config" &
pids+=($!)
# The server listens a moment later.
for _ in $(seq 50); do
  (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
for mount in a b; do
  sshfs -p "$port" "root@127.0.0.1:$folder/store" "$folder/$mount" \
    -o "dcache_timeout=$seconds,entry_timeout=$seconds,attr_timeout=$seconds,negative_timeout=$seconds" \
    -o "IdentityFile=$folder/key,StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null,LogLevel=ERROR"
done

cat >"$folder/p.yaml" <<'PIPELINE'
params: {count: 1}
stages:
  slow:
    matrix: {n: {count: "${params.count}"}}
    run: [sh, -c, 'sleep 0.$1; echo $1 > ${outputs.out}', sh, "${matrix.n}"]
    outputs: {out: text}
PIPELINE

member() {
  unshare --uts --pid --fork --kill-child --mount-proc sh -c 'hostname "$0" && exec "$@"' "$1" \
    node dist/bundle/src/cli/main.js run "$folder/p.yaml" --store "$folder/$1" --set "count=$instances" --jobs 2 >"$folder/$1.txt" || {
    cat "$folder/$1.txt"
    return 1
  }
}
member a &
one=$!
# Servers of sshfs do not tell that a folder exists from other failures, if two make it at once.
until [[ -e $folder/store/store.json ]]; do sleep 0.1; done
member b &
two=$!
if [[ -n ${WITHOUT_NOTES:-} ]]; then
  while sleep 0.05; do
    # None is there at first.
    { grep -ls '"done"' "$folder"/store/leases/* || true; } | xargs -r rm -f
  done &
  pids+=($!)
fi
# Meanwhile others look around, and clean up.
while sleep 5; do
  node dist/bundle/src/cli/main.js gc --store "$folder/a" >/dev/null || echo 'gc failed'
done &
pids+=($!)
wait $one
wait $two
sleep "$seconds"

node - "$folder/store" "$instances" <<'COUNT'
const {readFileSync, readdirSync} = require('node:fs');
const [root, instances] = process.argv.slice(2);
const starts = new Map();
const kinds = readdirSync(`${root}/runs`).map((run) => {
  const events = readFileSync(`${root}/runs/${run}/events.jsonl`, 'utf8').trim().split('\n').map(JSON.parse);
  const {host} = events[0].head;
  const count = (kind) => events.filter((event) => event.kind === kind).length;
  for (const {kind, at, instance} of events) {
    if (kind === 'started') starts.set(instance, [...(starts.get(instance) ?? []), `${host} at ${at}`]);
  }
  const [started, diverged] = [count('started'), events.filter(({diverged}) => diverged).length];
  console.log(`${host}: ${started} started, ${count('waiting')} waited, ${count('hit')} found, ${diverged} diverged`);
  return started;
});
const started = kinds.reduce((sum, count) => sum + count, 0);
for (const [instance, places] of starts) if (places.length > 1) console.log(instance, places.join(', '));
console.log(`${started} attempts for ${instances} instances, ${started - instances} of them twice`);
COUNT
node dist/bundle/src/cli/main.js verify --store "$folder/store"

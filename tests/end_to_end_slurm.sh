#!/usr/bin/env bash
# end_to_end_slurm.sh — a run as a Slurm job array gives the bytes of a run on one machine, though tasks are killed.
# Starts a cluster of one node, this machine, in a scratch folder, and takes it down again.
# Usage: tests/end_to_end_slurm.sh PROGRAM [--install]    status 77: not run, because Slurm is not here
install=${2:-}
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

skip() {
  printf 'SKIPPED: the test of Slurm: %s\n' "$*"
  exit 77
}
if [ "$(id -u)" -ne 0 ]; then skip "its daemons need root"; fi
if [ "$install" = --install ] && ! command -v slurmctld munged >/dev/null; then
  command -v apt-get >/dev/null || skip "slurm-wlm and munge are not installed, and there is no apt-get"
  title "installing slurm-wlm and munge"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slurm-wlm munge; } \
    >install.log 2>&1 </dev/null || { tail -n 3 install.log; skip "slurm-wlm and munge cannot be installed"; }
fi
for command in sbatch slurmctld slurmd munged; do
  command -v "$command" >/dev/null || skip "$command is not installed (Debian: slurm-wlm, munge)"
done

title() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
title "a cluster of one node"
host=$(hostname -s)
mkdir -m 700 munge state spool
dd if=/dev/urandom of=munge/key bs=128 count=1 2>/dev/null
chmod 600 munge/key
chmod 755 "$scratch" munge # others have to reach the socket
export SLURM_CONF=$scratch/slurm.conf
port=$((20000 + RANDOM % 20000))
cat >"$SLURM_CONF" <<END
ClusterName=symopt
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
MpiDefault=none
ReturnToService=2
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
stop_cluster() {
  local name id
  scancel --me 2>/dev/null || true
  for name in slurmd slurmctld munge/munged; do
    id=$(cat "$scratch/$name.pid" 2>/dev/null) || continue
    kill "$id" 2>/dev/null || continue
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      kill -0 "$id" 2>/dev/null || break
      sleep 0.5
    done
    kill -9 "$id" 2>/dev/null || true
  done
}
trap 'stop_cluster; rm -rf "$scratch"' EXIT
munged --force --key-file="$scratch/munge/key" --socket="$scratch/munge/socket" --pid-file="$scratch/munge/munged.pid" \
  --seed-file="$scratch/munge/seed" --log-file="$scratch/munge/log"
slurmctld
slurmd
is_up() { [ "$(sinfo -h -o %T 2>/dev/null)" = idle ]; }
wait_for 120 is_up

title "run paper --quick on this machine"
quick=(paper --quick --dataset synth-digits --no-plots)
expect 0 run "${quick[@]}" --out single --quiet

title "a dry run writes the scripts and submits nothing"
expect 0 submit --slurm "${quick[@]}" --out dry --pack 5 --throttle 3 --time 1:00:00 --mem 1G --partition all --dry-run
contains "$output" "paper: 16 trials in 4 tasks, 4 of them to run"
contains "$output" "sbatch --dependency=afterany:\$id $scratch/dry/slurm/collect.sh"
for line in --array=1-4%3 --time=1:00:00 --mem=1G --partition=all --signal=B:TERM@60 --requeue; do
  grep -qx -- "#SBATCH $line" dry/slurm/trials.sh || fail "expected #SBATCH $line in: $(cat dry/slurm/trials.sh)"
done
bash -n dry/slurm/trials.sh && bash -n dry/slurm/collect.sh
if [ -n "$(squeue -h)" ]; then fail "a dry run: expected no jobs, found: $(squeue)"; fi

title "submitted as six tasks, two at a time; a folder's name may have blanks"
expect 0 submit --slurm "${quick[@]}" --out 'a cluster' --pack 3 --throttle 2 --time 10 --checkpoint 0.1
array=$(sed -n 's/^submitted: array job \([0-9]*\), then collect job [0-9]*;.*/\1/p' <<<"$output")
if [ -z "$array" ]; then fail "expected the number of the array job in: $output"; fi

# at_work TASK: its program has left a checkpoint of a trial of its own, so that it is past what it reads at first, where a
# signal would just end it.
process_of() { pgrep -f -- "^$symopt run $scratch/a cluster/config.ini .*--shard $1/6\$" | head -n 1; }
at_work() {
  local trial
  [ -n "$(process_of "$1")" ] || return
  for trial in $(awk -F, -v task="$1" 'NR > 1 && (NR - 2) % 6 == task - 1 { print $NF }' 'a cluster/plan.csv'); do
    if [ -e "a cluster/checkpoints/$trial.ckpt" ]; then return; fi
  done
  return 1
}
log() { cat "a cluster/slurm/logs/$1.out" 2>/dev/null; }
requeued() { log "$1" | grep -q 'queued again'; }

title "  task 1 is killed with -9, task 2 is told that its time is up; both queue themselves again"
wait_for 300 at_work 1
kill -9 "$(process_of 1)"
wait_for 300 at_work 2
kill -TERM "$(ps -o ppid= -p "$(process_of 2)" | tr -d ' ')" # the script, as --signal=B:TERM@60 does
# Slurm holds what was queued again for two minutes; a test need not wait.
hurry() { requeued "$1" && squeue -h -t PENDING -j "${array}_$1" -o %r | grep -q BeginTime && scontrol update JobId="${array}_$1" StartTime=now 2>/dev/null; }
wait_for 300 hurry 1
contains "$(log 1)" "ended with status 137; queued again"
wait_for 300 hurry 2
contains "$(log 2)" "ended with status 130; queued again"

is_done() { [ -z "$(squeue -h)" ]; }
wait_for 600 is_done
if [ ! -e 'a cluster/report.txt' ]; then fail "expected a report, found: $(tail -n 5 'a cluster'/slurm/logs/*)"; fi

title "the same bytes as on one machine"
same_results single 'a cluster'
contains "$(log collect)" "results: $scratch/a cluster"
if [ -n "$(ls -A 'a cluster/damaged' 2>/dev/null)" ]; then fail "expected nothing damaged"; fi

title "there is nothing to submit again; of two lost trials, two tasks"
expect 0 submit --slurm "${quick[@]}" --out 'a cluster' --pack 3
contains "$output" "all 16 trials are finished"
for row in 2 6; do # of the plan, from 1: tasks 2 and 6
  rm "a cluster/trials/$(sed -n "$((row + 1))s/.*,//p" 'a cluster/plan.csv').trial"
done
expect 0 submit --slurm "${quick[@]}" --out 'a cluster' --pack 3 --dry-run
contains "$output" "16 trials in 6 tasks, 2 of them to run"
grep -qx '#SBATCH --array=2,6' 'a cluster/slurm/trials.sh' || fail "expected tasks 2 and 6 only"

title "what sbatch refuses is said in one line"
refused 1 "submit: sbatch failed: sbatch: error:" submit --slurm "${quick[@]}" --out 'a cluster' --pack 3 --partition none
refused 2 "option 'time': expected letters, digits" submit --slurm "${quick[@]}" --out never --time '1; rm'
refused 2 "submit: expected --slurm" submit "${quick[@]}" --out never
if [ -e never ]; then fail "expected no folder"; fi

title "passed"

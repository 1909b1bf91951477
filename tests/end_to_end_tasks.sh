#!/usr/bin/env bash
# end_to_end_tasks.sh — a task of a job array, run by hand with a scontrol that only writes down: which ends queue it
# again. That Slurm itself does so is in end_to_end_slurm.sh.
# Usage: tests/end_to_end_tasks.sh PROGRAM
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

mkdir bin && printf '#!/bin/sh\necho "$@" >>"%s/asked"\n' "$scratch" >bin/scontrol && chmod +x bin/scontrol
asked() { cat asked 2>/dev/null || true; }

title "time limits in which no task could get on are refused, with what Slurm reads"
submit=(submit --slurm "${tiny[@]:1}" --dry-run)
refused 2 "option 'time': expected 3 minutes or more" "${submit[@]}" --out never --time 0:30
contains "$error" "found 0:30, which Slurm reads as 30 s (minutes, m:ss, h:mm:ss)"
refused 2 "which Slurm reads as 120 s" "${submit[@]}" --out never --time 2
refused 2 "option 'time': expected minutes, m:ss, h:mm:ss, d-hh, d-hh:mm or d-hh:mm:ss, found '1h'" "${submit[@]}" \
  --out never --time 1h
if [ -e never ]; then fail "expected no folder"; fi

# Long trials, whose first epoch takes a while and is told of; one task with two of them.
long=(paper --dataset synth-digits --networks 'mlp:784-400-400-10' --optimizers sgd --trials 2 --search false
  --learning-rate 1e-4 --max-epochs 50 --stop-early false --no-plots)
expect 0 submit --slurm "${long[@]}" --out 'a cluster' --pack 2 --time 3 --checkpoint 0.001 --dry-run
task='a cluster/slurm/trials.sh'
bash -n "$task"
program() { pgrep -f -- "symopt run $scratch/a cluster/config.ini" | head -n 1; }
started() { [ -n "$(program)" ]; }
saved() { compgen -G 'a cluster/checkpoints/*.ckpt' >/dev/null; }

# attempt RESTARTS WHEN: starts the task and kills its program as soon as WHEN holds; what the task says is in $said.
attempt() {
  local status=0
  PATH=$scratch/bin:$PATH SLURM_JOB_ID=7 SLURM_ARRAY_TASK_ID=1 SLURM_RESTART_COUNT=$1 bash "$task" >said 2>/dev/null &
  running=$!
  wait_for 60 "$2"
  kill -9 "$(program)"
  wait "$running" || status=$?
  running=
  said=$(<said)
  if [ "$status" -ne 137 ]; then fail "expected status 137, found $status with: $said"; fi
}

title "killed before an epoch is over: queued again once, and not a second time"
attempt 0 started
contains "$said" "ended with status 137; queued again"
if [ "$(asked)" != "requeue 7" ]; then fail "expected one requeue, found: $(asked)"; fi
attempt 1 started
contains "$said" "since it was queued again it has finished no epoch, so that it is not queued once more"
if [ "$(asked)" != "requeue 7" ]; then fail "expected no more than one requeue, found: $(asked)"; fi

title "killed after an epoch: queued again, also after a restart"
attempt 0 started
attempt 1 saved
contains "$said" "ended with status 137; queued again"
if [ "$(asked | wc -l)" -ne 3 ]; then fail "expected three requeues, found: $(asked)"; fi
attempt 2 started
contains "$said" "not queued once more"

title "a task that gets on is given up after 20 restarts, with a line"
rm -rf 'a cluster/checkpoints' 'a cluster/slurm/progress-1'
attempt 20 saved
contains "$said" "after 20 restarts; not queued again"

title "passed"

#!/bin/sh
# A generator's pod, start to end: the load, the audit of what the load was told, then the results wait to be fetched.
#
#   sh run.sh            all of it; RESULTS is the folder for results
#   sh run.sh pack       the results as a tar.gz on standard output
#   sh run.sh state      "running", or "done LOAD-EXIT-CODE AUDIT-EXIT-CODE"
#   sh run.sh fetched    lets the pod end
set -u
scripts=${SCRIPTS:-/scripts}
shard=$((${JOB_COMPLETION_INDEX:-0} + 1))
state=$RESULTS/.state-$shard
fetched=$RESULTS/.fetched-$shard

run() { # run SCRIPT LOG ARGUMENTS…: k6, whose console.log goes to LOG as it is
  script=$1
  log=$2
  shift 2
  # behind us and waited for, so that a signal reaches us at once
  k6 run --quiet --log-format raw --console-output "$log" "$@" "$scripts/$script.js" &
  child=$!
  wait "$child"
}

pack() {
  cd "$RESULTS" || exit 1
  set --
  for file in run.json "shard-$shard.ndjson.gz" "ledger-$shard.log" "audit-$shard.ndjson" "audit-$shard-totals.ndjson"; do
    [ -e "$file" ] && set -- "$@" "$file"
  done
  tar -cf - "$@" | gzip -1
}

work() {
  mkdir -p "$RESULTS" && rm -f "$state" "$fetched" || exit 1
  echo running >"$state"
  run load "$RESULTS/ledger-$shard.log" --out "json=$RESULTS/shard-$shard.ndjson.gz" \
    ${INFLUXDB:+--out "influxdb=$INFLUXDB"} ${LISTEN:+--address "$LISTEN"}
  load=$?
  audit=-
  if [ -s "$RESULTS/ledger-$shard.log" ]; then
    run audit "$RESULTS/audit-$shard.ndjson"
    audit=$?
  fi
  echo "done $load $audit" >"$state"
  echo "load ended with $load, audit with $audit"
  if [ "${PRINT:-false}" = true ]; then
    echo "--- results $shard"
    pack | base64
    echo "--- end"
  fi
  # in steps of two seconds, so that a signal does not wait
  left=$((${KEEP_SECONDS:-0} / 2))
  while [ ! -e "$fetched" ] && [ "$left" -gt 0 ]; do
    sleep 2
    left=$((left - 1))
  done
  [ "$load" -eq 0 ] && [ "$audit" = 0 ]
}

case ${1:-work} in
  work)
    # k6 then finishes the iterations that it has begun
    child=
    trap '[ -z "$child" ] || { kill -TERM "$child" && wait "$child"; }; exit 143' TERM
    work
    ;;
  pack) pack ;;
  state) cat "$state" 2>/dev/null || echo starting ;;
  fetched) : >"$fetched" ;;
esac

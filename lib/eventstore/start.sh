#!/bin/sh
# start.sh SERVER [ARGUMENT...]   PID 1 of a member: runs the server and decides when this member may vote.
# start.sh ready                  the readiness probe.
#
# Members with empty disks can outvote the one that has the data, which then drops them. So a member that starts empty is
# a LEARNER (mark: the file .learner beside the data): its server runs as a read-only replica, which gossips and copies but
# has no vote, until rule a, b or c below makes it a voter. By hand: remove .learner and restart. Whatever is not
# understood leaves a member what it is. docs/safe-start.md says more.
# shellcheck disable=SC2015,SC2086 # "A && B || refuse" is meant, and so is that lists fall apart into their words
set -u
stopping=; server=; ending=; learner=
# The handlers do the work themselves: a mere flag, set just before `wait` blocks, would be seen by nobody.
trap 'stopping=yes; [ -z "$server" ] || end_server' TERM INT
trap '[ -z "$server" ] || kill -HUP "$server" 2>/dev/null' HUP  # the server reads its certificates again
prefix=${SERVER_ENV_PREFIX:-EVENTSTORE}
option() { eval "printf %s \"\${${prefix}_$1:-$2}\""; }         # an option of the server, from its environment
size=$(option CLUSTER_SIZE 1); majority=$((size / 2 + 1))
data=$(option DB /var/lib/eventstore); marker=$data/.learner
seeds=" $(option GOSSIP_SEED '' | sed 's/ *, */  /g') "         # all members as they advertise themselves, in their order
local=${LOCAL_URL:-http://127.0.0.1:2113}
patience=${LOST_MAJORITY_SECONDS:-10}; limit=2; newline='
'                                                               # limit: seconds for one answer
say() { echo "start.sh: $*" >&2; }
running() { kill -0 "$server" 2>/dev/null; }
fetch() { # an answer without blanks and quotes, every JSON object on a line of its own
  curl -s -m "$limit" --noproxy '*' ${CURL_OPTIONS-} -H Accept:application/json "$@" 2>/dev/null | tr -d ' \r\n"' | tr '{' '\n'
}
field() { # field NAME TEXT: $value is the first field of that name in the text, "-" if there is none
  value=,$2
  case $value in *[,"$newline"]"$1":*) value=${value#*[,"$newline"]"$1":}; value=${value%%[,\}"$newline"]*} ;; *) value=- ;; esac
}
state() { field state "$(fetch "$local/info")"; }               # /info alone tells a member that is of use from an idle one

look() { # own /gossip: a line for each member that lives in $members, the $own one too; a "Manager" is a seed not heard of
  gossip=$(fetch "$local/gossip"); members=; own=
  field serverIp "$gossip"; me=$value; field serverPort "$gossip"; me="$me $value"
  while read -r line; do row=
    for name in httpEndPointIp httpEndPointPort state isReadOnlyReplica writerCheckpoint epochNumber isAlive; do
      field "$name" "$line"; row="$row$value "                  # writerCheckpoint: bytes of the log; one epoch a leader
    done
    case $row in *' - '* | *' Manager '* | *' false ') continue ;; "$me "*) own=$row ;; esac
    members=$members$row$newline
  done <<GOSSIP
$gossip
GOSSIP
}
count() { # what $members say of the cluster; those outside the seed list say nothing
  alive=0; voters=0; with_data=0; ahead=0; leader=; leaders=0; leading=
  case $seeds in *" ${me% *}:${me#* } "*) set -- $own ;; *) set -- ;; esac; my_state=${3-}; my_log=${5-0}; my_epoch=${6-0}
  while read -r host port status readonly log epoch _; do
    case $seeds in *" $host:$port "*) ;; *) continue ;; esac
    alive=$((alive + 1)); [ "$log" -le 0 ] || with_data=$((with_data + 1))
    case $status in Leader | PreLeader | ResigningLeader) leading=yes ;; esac
    [ "$status" != Leader ] || { leaders=$((leaders + 1)); leader=$host:$port; leader_log=$log; leader_epoch=$epoch; }
    if [ "$readonly" != true ]; then voters=$((voters + 1))
    elif [ "$epoch" -ne "$my_epoch" ]; then [ "$epoch" -lt "$my_epoch" ] || ahead=$((ahead + 1))
    elif [ "$log" -ne "$my_log" ]; then [ "$log" -lt "$my_log" ] || ahead=$((ahead + 1))
    else case $seeds in *" $host:$port "*" ${me% *}:${me#* } "*) ahead=$((ahead + 1)) ;; esac; fi   # equals: by seed list
  done <<MEMBERS
$members
MEMBERS
  [ "$leaders" -eq 1 ] || leader=                               # of two, one leads no more
}
leader_size() { # $value: the ClusterSize that the leader runs with. With TLS, /info/options asks for the node's certificate
  value=$(fetch "${local%%:*}://$leader/info/options" | sed -n 's/^name:ClusterSize,.*,value:\([0-9][0-9]*\).*/\1/p')
}
decide() { # once a second after count; sets $reason when this learner may vote
  last=$seen; last_log=$seen_log; seen=; [ -z "$leader" ] || { seen="$leader $leader_epoch"; seen_log=$leader_log; }
  waiting=; [ "$my_state" != ReadOnlyLeaderless ] || [ -n "$leading" ] || [ "$alive" -lt "$size" ] || waiting=yes
  # a: it holds the leader's whole log. The state says only that the copy has begun, so epoch and log are compared: with
  #    the log of a look ago, for what this member acknowledged in a former life is older than that.
  if [ "$my_state" = ReadOnlyReplica ] && [ -n "$seen" ] && [ "$seen" = "$last" ] && [ "$seconds" -ge 5 ]; then
    [ "$my_epoch" -eq "$leader_epoch" ] && [ "$my_log" -ge "$last_log" ] && leader_size && [ "$value" = "$size" ] &&
      reason="it has the whole log of the leader $leader ($my_log bytes)"
  # b: all members are up and none holds anything: a new cluster.
  elif [ -n "$waiting" ] && [ "$with_data" -eq 0 ]; then reason="all $size members are empty, a new cluster"
  # c: all members are up and too few may vote, for a while. Then as many learners as a majority lacks, the best copies
  #    first: every election needs every one of them. All learners see the same and choose the same.
  elif [ -n "$waiting" ] && [ "$voters" -lt "$majority" ]; then
    stuck=$((stuck + 1)); [ "$stuck" -gt "$patience" ] && [ "$ahead" -lt $((majority - voters)) ] &&
      reason="WARNING: only $voters of $size members may vote; what only lost copies held is gone"
    return 0
  fi
  stuck=0
}
ready() { # of use; or a learner for whose readiness the roll-out waits that will change its leader's cluster size: at once
  state; case $value in leader | follower) return 0 ;; esac     # when that is 1, since such a leader never serves it
  [ "$size" -gt 1 ] && [ -e "$marker" ] || return 1
  limit=1; look; count; [ -n "$my_state" ] && [ -n "$leader" ] || return 1
  leader_size; [ -n "$value" ] && [ "$value" -ne "$size" ] || return 1
  [ "$value" -eq 1 ] || { [ "$my_epoch" -eq "$leader_epoch" ] && [ "$my_log" -ge "$leader_log" ]; }
}
end_server() { # SIGTERM does not resign: a leader hands over first, and again if it was elected again; a silent one just ends
  [ -z "$ending" ] || return 0; ending=yes; led=
  for _ in 1 2 3 4 5 6 7 8; do                                  # 40 s at most, if every answer takes as long as it may
    state; [ "$size" -gt 1 ] || break
    case $value in - | follower) break ;; leader) led=yes; fetch -d '' "$local/admin/node/resign" >/dev/null ;; esac
    [ -n "$led" ] || break; sleep 1
  done
  kill -TERM "$server" 2>/dev/null
  [ "$value" != - ] || { sleep 1; kill -TERM "$server" 2>/dev/null; }   # it only begins, and may have missed the signal
}
live() { # one life of the server: $code is how it ended, $reason why it was ended to become a voter
  reason=; code=; ending=; server=; seconds=0; stuck=0; seen=; seen_log=0
  if [ -n "$learner" ]; then say "learner, no vote"; env "${prefix}_READ_ONLY_REPLICA=true" "$@" & else "$@" & fi
  server=$!
  [ -z "$stopping" ] || end_server                              # the signal came in between
  while [ -z "$code" ]; do
    if [ -n "$learner" ] && [ -z "$ending" ] && running; then
      sleep 1 & wait $!; seconds=$((seconds + 1)); look; count; decide
      [ $((seconds % 30)) -ne 0 ] || say "still a learner: ${my_state:-silent}, leader ${leader:-none}," \
        "$alive of $size up, $voters vote, $with_data have data"
      [ -n "$reason" ] && [ -z "$stopping" ] || { reason=; continue; }
      say "becomes a voter: $reason"; ending=yes
      if [ "$my_log" -gt 0 ]; then kill -TERM "$server"; else kill -KILL "$server"; fi   # an empty one has nothing to close
    fi
    wait "$server"; code=$?; ! running || code=                 # still there: only a signal to us ended the wait
  done
}

if [ "${1-}" = ready ]; then ready; exit; fi
if [ "$size" -gt 1 ]; then
  [ "$(echo $seeds | wc -w)" -eq "$size" ] || { say "GOSSIP_SEED must name all $size members"; exit 78; }
  # One listing decides: a mark that a failing file system does not show for once must not make half a copy a voter.
  mkdir -p "$data" && files=$newline$(ls -A "$data")$newline || exit 1
  case $files in
    *"$newline.learner$newline"*) learner=yes ;;
    *"${newline}chunk-"*) ;;
    *) learner=yes; : >"$marker" || exit 1; sync "$marker" "$data" 2>/dev/null || sync ;;  # nor must a power cut
  esac
elif [ -e "$marker" ]; then say "this copy never caught up; remove $marker to run it alone all the same"; exit 78; fi
# A deposed leader ends with 0, twice, to drop what nobody else has: it is started again here, since Kubernetes would wait
# longer each time. But so does a server with a licensed feature and no licence, after 11 s (60 at most), even if it led
# meanwhile. So 12 lives below 90 s in a row are a fault: 2 minutes without a licence, but six deposals, or a member too
# many, which is dropped every 12 s until a roll-out has made room for it.
zeros=0; while :; do
  started=$(date +%s); live "$@"
  [ -z "$stopping" ] || exit "$code"
  if [ -n "$reason" ]; then rm -f "$marker" || exit 1; learner=; continue; fi
  [ "$code" -eq 0 ] || exit "$code"
  [ $(($(date +%s) - started)) -lt 90 ] || zeros=0
  zeros=$((zeros + 1)); [ "$zeros" -lt 12 ] || { say "the server ended with 0 $zeros times in a row"; exit 70; }
  say "the server ended with 0, starting it again"
done

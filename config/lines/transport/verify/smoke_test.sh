#!/bin/bash
# Checks an installed release from the outside, over every transport that it says it was built with.
#
#   smoke_test.sh PREFIX [CHECK]...
#
# PREFIX holds bin/transport-server and bin/transport-client. Prints `ok CHECK` or `not ok CHECK: reason` for each
# check asked for (all when none is), and exits with 1 when any of them failed.
set -u

prefix=${1:?usage: smoke_test.sh PREFIX [CHECK]...}
shift
server=$prefix/bin/transport-server
client=$prefix/bin/transport-client
checks=(server-starts client-connects call-answered response-valid clean-shutdown)
wanted=("${@:-${checks[@]}}")
folder=$(mktemp -d) || exit 1
declare -A problem=()
server_pid=

cleanup() {
  [ -n "$server_pid" ] && kill -KILL "$server_pid" 2>/dev/null
  rm -rf "$folder"
}
trap cleanup EXIT

# The first problem of a check is the one worth telling.
fail() { : "${problem[$1]:=$2}"; }

# Waits up to ten seconds for a command to succeed.
await() {
  local _
  for _ in {1..200}; do
    "$@" && return 0
    sleep 0.05
  done
  return 1
}

has_ended() { ! kill -0 "$server_pid" 2>/dev/null; }
port_is_known() { [ -s "$folder/port" ] || has_ended; }

call() { "$client" call "$@" --tcp "127.0.0.1:$port" --transport "$transport" 2>>"$folder/client.log"; }

check_tcp() {
  transport=$1
  rm -f "$folder/port"
  "$server" --transport "$transport" --port 0 --port-file "$folder/port" 2>"$folder/server.log" &
  server_pid=$!
  await port_is_known
  if ! [ -s "$folder/port" ]; then
    fail server-starts "$transport: $(cat "$folder/server.log")"
    return
  fi
  port=$(cat "$folder/port")
  [ "$(call ping)" = '"pong"' ] || fail client-connects "$transport: $(cat "$folder/client.log")"
  local answer
  answer=$(call sum '[40,2]') || fail call-answered "$transport: $(cat "$folder/client.log")"
  [ "$answer" = 42 ] || fail response-valid "$transport: sum of 40 and 2 gave '$answer'"
  answer=$(call no.such.method)
  [ $? -eq 1 ] && [ -z "$answer" ] || fail response-valid "$transport: an unknown method was not refused"
  kill -TERM "$server_pid"
  await has_ended || fail clean-shutdown "$transport: still running ten seconds after SIGTERM"
  wait "$server_pid" || fail clean-shutdown "$transport: ended with code $? on SIGTERM"
  server_pid=
}

# Standard input can only be tried with the framing that a shell can write.
check_stdio() {
  local answer
  answer=$(printf '%s\n' '{"jsonrpc":"2.0","id":1,"method":"sum","params":[40,2]}' \
    '{"jsonrpc":"2.0","id":2,"method":"shutdown"}' | "$server" --transport "$1" 2>"$folder/server.log") ||
    fail clean-shutdown "$1: ended with code $? after the shutdown call"
  [ -n "$answer" ] || fail call-answered "$1: $(cat "$folder/server.log")"
  [[ $answer == *'"result":42'*'"result":true'* ]] || fail response-valid "$1: gave '$answer'"
}

listed=$("$server" --list-transports 2>&1) || fail server-starts "$listed"
tried=0
while read -r name protocol framing _; do
  case $protocol:$framing in
    tcp:*) check_tcp "$name"; tried=$((tried + 1)) ;;
    stdio:line) check_stdio "$name"; tried=$((tried + 1)) ;;
  esac
done <<<"$listed"
[ "$tried" -gt 0 ] || fail server-starts "no transport could be tried"

failed=0
for check in "${wanted[@]}"; do
  if [[ " ${checks[*]} " != *" $check "* ]]; then
    problem[$check]="there is no such check"
  fi
  # What never started was not checked either.
  if [ -n "${problem[server-starts]:-}" ]; then
    fail "$check" "the server did not start"
  fi
  if [ -n "${problem[$check]:-}" ]; then
    echo "not ok $check: ${problem[$check]}"
    failed=1
  else
    echo "ok $check"
  fi
done
exit $failed

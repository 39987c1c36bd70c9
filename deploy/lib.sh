# Shell functions shared by the scripts of this folder. Sourced, never run.
# shellcheck shell=bash disable=SC2034  # the sourcing script uses the variables

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

exit_failed=1
exit_usage=2
exit_not_root=3
exit_unreachable=4

say() { printf '%s\n' "$*"; }

# die CODE SENTENCE: says what is wrong and what to do, and ends the script.
die() {
  local code=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$code"
}

usage_error() { die "$exit_usage" "$* (see $0 --help)"; }

# Prints the comment block at the head of the calling script: its --help.
print_help() { sed -n '2,/^[^#]/{/^#/{s/^# \{0,1\}//;p}}' "$0"; }

# Reads lines, keeps all of them in the file LOG, and shows the latest one every ten seconds.
show_progress() {
  local log=$1 line last="" shown=$SECONDS began=$SECONDS status
  : >"$log"
  while true; do
    status=0
    IFS= read -r -t 5 line || status=$?
    if ((status == 0)); then
      printf '%s\n' "$line" >>"$log"
      last=$line
    elif ((status <= 128)); then
      printf '%s' "$line" >>"$log"
      return 0
    fi
    if ((SECONDS - shown >= 10)); then
      printf '   %4d s  %.90s\n' "$((SECONDS - began))" "$last"
      shown=$SECONDS
    fi
  done
}

# run_long TITLE LOG COMMAND...: a long step. Its output goes to LOG; progress and wall time are shown; when it fails, so is the
# end of LOG. Returns the command's exit code. The wall time is added to `summary`.
summary=()
run_long() {
  local title=$1 log=$2 began=$SECONDS status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  say "== $title"
  "$@" 2>&1 </dev/null | show_progress "$log" || status=$?
  if ((status != 0)); then
    tail -n 80 "$log" >&2
    printf '%s failed with exit code %d; everything it said is in %s\n' "$title" "$status" "$log" >&2
    return "$status"
  fi
  note_time "$title" "$((SECONDS - began))"
}

note_time() {
  summary+=("$(printf '%6d s  %s' "$2" "$1")")
  say "   done in $2 s"
}

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

# Prints the package names of list files: one per line, `#` starts a comment.
packages_of() { sed 's/#.*//; s/[[:space:]]//g; /^$/d' "$@"; }

# prepare PRESET: packages, nats-server, and a configured build/PRESET.
prepare() {
  local build=$root/build/$1 began=$SECONDS
  "$root/deploy/install-packages"
  "$root/deploy/fetch-nats-server" "$build"
  if ((SECONDS > began)); then
    note_time "Packages and nats-server" "$((SECONDS - began))"
  fi
  if [[ ! -f $build/build.ninja ]]; then
    run_long "Configuring build/$1" "$build/configure.log" env --chdir="$root" cmake --preset "$1" ||
      die "$exit_failed" "configuring failed"
  fi
}

# build_targets PRESET TARGET...
build_targets() {
  local build=$root/build/$1
  shift
  run_long "Building ${build#"$root"/}" "$build/build.log" cmake --build "$build" --target "$@" ||
    die "$exit_failed" "building failed"
}

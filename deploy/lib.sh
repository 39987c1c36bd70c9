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

# Our C++ files, from the root.
sources() { git -C "$root" ls-files -- "$@"; }

check_format() {
  # shellcheck disable=SC2046  # no name of ours has a blank
  run_long "Holding the code to its format" "$root/build/format.log" \
    env --chdir="$root" clang-format --dry-run -Werror $(sources '*.h' '*.cpp') ||
    die "$exit_failed" "run clang-format -i on the files above"
}

is_commit() { git -C "$root" rev-parse --verify --quiet "$1^{commit}" >/dev/null 2>&1; }

# changed_since COMMIT: our C++ files that differ from there; without one, from where the branch left origin/main, or the last commit.
changed_since() {
  local since=$1 head
  head=$(git -C "$root" rev-parse HEAD)
  [[ -n $since ]] || since=$(git -C "$root" merge-base HEAD origin/main 2>/dev/null || true)
  [[ -n $since && $since != "$head" ]] || since=HEAD~1
  if ! is_commit "$since"; then
    say "   nothing to compare with (a first commit, a shallow clone): only the drawn sample is compiled alone, clang-tidy reads nothing" >&2
    return 0
  fi
  git -C "$root" diff --name-only --diff-filter=d "$since" -- '*.h' '*.cpp' ':!config'
}

# The objects of the build without unity builds, one for each source, and for each header that no source of its name includes first.
objects_apart() {
  ninja -C "$root/build/dev" -t targets all | sed -n 's/^\(.*\.cpp\.o\): CXX_COMPILER.*/\1/p' | sort -u
}

sampled_objects=16

# check_apart_sample SEED FILES: what a unity build may hide: a name or an include that a source has from its neighbour only. Compiles the
# changed files and some others, drawn by SEED, each alone.
check_apart_sample() {
  local seed=$1 objects changed=() file stem
  prepare dev
  objects=$(objects_apart)
  for file in $2; do
    stem=${file%.*}
    mapfile -t -O "${#changed[@]}" changed < <(grep -F "/${stem##*/}.cpp.o" <<<"$objects" || true)
  done
  mapfile -t -O "${#changed[@]}" changed < <(shuf -n "$sampled_objects" --random-source=<(yes "$seed") <<<"$objects")
  mapfile -t changed < <(printf '%s\n' "${changed[@]}" | sort -u)
  say "   drawn by --seed $seed"
  run_long "Compiling ${#changed[@]} files alone" "$root/build/dev/apart.log" ninja -C "$root/build/dev" "${changed[@]}" ||
    die "$exit_failed" "a file does not compile alone: it lacks an include, or uses a name of a neighbour"
}

check_apart_all() {
  prepare dev
  build_targets dev all tcps_headers_alone
}

# check_tidy FILES: clang-tidy by .clang-tidy, with the compile commands of the build without unity builds. A header is seen through the
# source of its name, or through the unit that compiles it alone. The commands are for g++, some of whose warnings clang does not know.
check_tidy() {
  local list=$root/build/dev/tidy.txt file
  for file in $1; do
    case $file in
      *.cpp) printf '%s\n' "$file" ;;
      *.h) if [[ -e $root/${file%.h}.cpp ]]; then printf '%s\n' "${file%.h}.cpp"; else
        printf 'build/dev/tests/structure/headers_alone/%s.cpp\n' "${file%.h}"; fi ;;
    esac
  done | sort -u >"$list"
  [[ -s $list ]] || return 0
  build_targets dev generated
  run_long "clang-tidy over $(wc -l <"$list") files" "$root/build/dev/tidy.log" \
    env --chdir="$root" xargs -a "$list" -P 2 -n 4 clang-tidy -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option ||
    die "$exit_failed" "clang-tidy objects, see above"
}

check_tidy_all() { check_tidy "$(sources '*.cpp' ':!config')"; }

# minutes_by_label LOG: what ctest says at its end, in minutes of one processor.
minutes_by_label() {
  say "Minutes by label"
  awk '/sec\*proc/ {printf "%6.1f min  %s %s %s\n", $3 / 60, $1, $5, $6}' "$1"
}

# slowest_to_compile PRESET...: the ten files that took longest, as ninja remembers them.
slowest_to_compile() {
  local preset
  say "Slowest files to compile"
  for preset in "$@"; do
    awk -v tree="$preset" -F '\t' '!/^#/ && $4 ~ /\.o$/ {t[$4] = $2 - $1} END {for (f in t) printf "%6.1f s  build/%s/%s\n", t[f] / 1000, tree, f}' \
      "$root/build/$preset/.ninja_log" 2>/dev/null
  done | sort -rn | sed -n '1,10p'  # head would end sort by a signal
}

# build_targets PRESET TARGET...
build_targets() {
  local build=$root/build/$1
  shift
  run_long "Building ${build#"$root"/}" "$build/build.log" cmake --build "$build" --target "$@" ||
    die "$exit_failed" "building failed"
}

# shellcheck shell=bash
# Programs of the lab: started in a place (a network namespace), known by pid and time of birth, stopped by pid.
# DIR/run/NAME has "PID BIRTH PLACE"; DIR/log/NAME.log what it says.

readonly STOP_LIMIT=100 # tenths of a second until a program that was asked to end is killed

die() {
  echo "lab: $*" >&2
  exit 1
}

# fail WHAT PROGRAM: with the end of the program's log.
fail() { die "$1; the end of $DIR/log/$2.log:"$'\n'"$(tail -n 15 "$DIR/log/$2.log" 2>/dev/null | sed 's/^/  | /')"; }

# in_place PLACE COMMAND...
in_place() { nsenter --net="/run/netns/$PREFIX$1" -- "${@:2}"; }

# Clock ticks from boot to the birth of a process, so that a pid that was used again is not mistaken. Nothing for one
# that has ended and only waits to be noticed.
birth() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  read -ra stat <<<"${stat##*) }"
  [[ ${stat[0]} == Z ]] || echo "${stat[19]}"
}

# start NAME PLACE COMMAND...: survives this script and its terminal.
start() {
  local name=$1 place=$2
  setsid nsenter --net="/run/netns/$PREFIX$place" -- "${@:3}" </dev/null >>"$DIR/log/$name.log" 2>&1 &
  echo "$! $(birth $!) $place" >"$DIR/run/$name"
}

# pid_of NAME: of a program that runs.
pid_of() {
  local pid born
  [[ -e $DIR/run/$1 ]] || return 1
  read -r pid born _ <"$DIR/run/$1"
  [[ -n $born && $(birth "$pid") == "$born" ]] && echo "$pid"
}

is_up() { pid_of "$1" >/dev/null; }

# Those that were started and not stopped, in that order.
programs() { [[ ! -d $DIR/run ]] || ls -tr "$DIR/run"; }

# Those of the kind of an agent: office-1, vpn-3.
agents() { programs | grep -E '^(office|vpn|home-isp)-[0-9]+$' || true; }

# check PROGRAM...
check() {
  local name
  for name in "$@"; do is_up "$name" || fail "$name has stopped" "$name"; done
}

# check_soon PROGRAM: one that was just started may stumble over its configuration.
check_soon() {
  sleep 0.3
  check "$1"
}

# await SECONDS WHAT PROGRAM COMMAND...: until the command succeeds, or the end of the program's log.
await() {
  local tenths=$(($1 * 10)) what=$2 program=$3
  for (( ; tenths > 0; tenths--)); do
    check "$program"
    "${@:4}" >/dev/null 2>&1 && return
    sleep 0.1
  done
  fail "$what" "$program"
}

# listens PLACE ADDRESS PORT
listens() { in_place "$1" bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null; }

# stop NAME [SIGNAL]: asks, then kills.
stop() {
  local pid tenth
  if pid=$(pid_of "$1"); then
    kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
    for ((tenth = 0; tenth < STOP_LIMIT; tenth++)); do
      is_up "$1" || break
      sleep 0.1
    done
    ! is_up "$1" || kill -s KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$DIR/run/$1"
}

# All at once; those that were started last are asked first.
stop_all() {
  local name pid
  for name in $(programs | tac); do
    if pid=$(pid_of "$name"); then kill -s TERM "$pid" 2>/dev/null || true; fi
  done
  for name in $(programs | tac); do stop "$name"; done
}

# fill TEMPLATE FILE NAME=VALUE...: @NAME@ becomes VALUE.
fill() {
  local text pair
  text=$(cat "$LAB/conf/$1")
  for pair in "${@:3}"; do text=${text//"@${pair%%=*}@"/"${pair#*=}"}; done
  printf '%s\n' "$text" >"$2"
}

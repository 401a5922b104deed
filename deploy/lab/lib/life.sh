# shellcheck shell=bash
# up and down.

require_programs() {
  if [[ -z ${RELAYWATCH_BUILD_DIR:-} ]]; then
    "$SOURCE/deploy/install-deps.sh" --lab
    echo "lab: building (minutes the first time, seconds afterwards)"
    local log
    log=$(cd "$SOURCE" && cmake --preset release 2>&1) || die "cmake failed:"$'\n'"$log"
    (cd "$SOURCE" && cmake --build --preset release --target relaywatch-collector relaywatch-agent relaywatch)
  fi
  local program
  for program in "$BUILD"/{collector/relaywatch-collector,agent/relaywatch-agent,cli/relaywatch}; do
    [[ -x $program ]] || die "$program is missing"
  done
  for program in ip nft nsenter openssl curl postfix dovecot prometheus prometheus-alertmanager; do
    command -v "$program" >/dev/null || die "$program is missing: deploy/install-deps.sh --lab"
  done
}

require_free() {
  [[ ! -e $DIR ]] || {
    [[ -z $(programs) ]] || die "a lab is up in $DIR: lab status, lab down"
    die "$DIR is there already, left by a lab that broke off: lab down removes it"
  }
  local name
  for name in $(namespaces); do
    ! have_namespace "$name" || die "the network namespace $name is there already: another lab? (lab --help, last line)"
  done
}

# Nothing is left of a lab that did not come up; what went wrong has been told.
give_up() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP
  echo "lab: not up; cleaning up" >&2
  take_down
  exit "$code"
}

up() {
  local from_host=false
  case "$*" in
    "") ;;
    --from-host) from_host=true ;;
    *) usage >&2 && exit 2 ;;
  esac
  require_programs
  require_free
  mkdir -m 711 "$DIR"
  trap give_up EXIT
  trap 'exit 130' INT TERM HUP
  mkdir -m 700 "$DIR"/{run,log,stories,agents}
  realpath "$BUILD" >"$DIR/build" # for the commands to come
  echo "lab: network namespaces"
  network_up
  ! $from_host || link_host
  echo "lab: Postfix and Dovecot"
  start_mail
  echo "lab: collector, Prometheus, Alertmanager, receiver"
  start_noc
  echo "lab: agents"
  start_agents
  await_results
  trap - EXIT INT TERM HUP
  echo
  show_status
}

restart() {
  (($# == 1)) || { usage >&2 && exit 2; }
  local how="start_$1"
  if [[ -d $DIR/agents/$1 ]]; then
    how=start_agent
  elif [[ ! -e $DIR/run/$1 ]] || ! declare -F "$how" >/dev/null; then
    die "no program '$1'; lab status lists them"
  fi
  stop "$1"
  "$how" "$1"
  check_soon "$1"
  echo "lab: restarted $1"
}

take_down() {
  stop_all
  network_down
  # Only ever what a lab made.
  [[ ! -d $DIR/log ]] || rm -rf "$DIR"
  [[ ! -d $DIR ]] || rmdir "$DIR"
}

down() {
  (($# == 0)) || { usage >&2 && exit 2; }
  [[ -e $DIR ]] || { echo "lab: no lab in $DIR" && exit 0; }
  [[ -d $DIR/run || -z $(ls -A "$DIR") ]] || die "$DIR is no lab's directory"
  take_down
  echo "lab: down"
}

#!/usr/bin/env bash
# From a bare Debian 12 machine to a running Relaywatch: installs what is missing, builds, and starts, on
# loopback only, a collector, three agents (office, vpn, home-isp) and a demonstration mail server whose
# rules differ by client address. Everything it started or made is gone when it ends; the build stays, so
# that a second run is quick.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly MAIL=127.0.9.1 # the demonstration server
readonly HOME_CLIENT=127.0.3.1
readonly NFT_TABLE=relaywatch_quickstart
readonly RESULTS_LIMIT=90 # seconds until every location must have answered

usage() {
  cat <<'TEXT'
usage: deploy/quickstart.sh [--seconds N] [--http PORT] [--target HOST]
  --seconds N     stop N seconds after everything is up (default: run until Ctrl-C)
  --http PORT     port of the metrics on 127.0.0.1 (default: 9587)
  --target HOST   probe ports 25, 465 and 587 of this server from this host, instead of the demonstration
                  (no relay test, no login, never any mail)
  --help

$RELAYWATCH_BUILD_DIR: a build directory with the programs; nothing is installed or built then.
TEXT
}

die() {
  echo "quickstart: $*" >&2
  exit 1
}

# --- the command line ---------------------------------------------------------------------------

seconds="" target="" http_port=9587

# number NAME VALUE MIN MAX
number() {
  [[ $2 =~ ^[0-9]{1,9}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) && return
  echo "quickstart: $1: '$2' is not a number from $3 to $4" >&2
  exit 2
}

parse() {
  while (($# > 0)); do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --seconds | --http | --target)
        (($# >= 2)) || { echo "quickstart: $1 needs a value" >&2 && exit 2; }
        case $1 in
          --seconds) number "$1" "$2" 1 999999999 && seconds=$2 ;;
          --http) number "$1" "$2" 1 65535 && http_port=$2 ;;
          --target) target=$2 ;;
        esac
        shift 2
        ;;
      *) usage >&2 && exit 2 ;;
    esac
  done
  [[ -z $target || $target =~ ^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$ ]] || {
    echo "quickstart: --target: '$target' is no host name or address" >&2
    exit 2
  }
}

# --- cleaning up, on every way out --------------------------------------------------------------

dir="" # private: certificates, configurations, data, logs
pids=() names=()
blocked=false # our nftables table is in place

stop_all() {
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do kill -TERM "${pids[i]}" 2>/dev/null || true; done
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do await_end "${pids[i]}"; done
}

# await_end PID: for ten seconds, then by force.
await_end() {
  local tenth
  for ((tenth = 0; tenth < 100; tenth++)); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
}

clean_up() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP # a second Ctrl-C must not leave half of it behind
  stop_all
  if $blocked; then nft delete table inet "$NFT_TABLE" 2>/dev/null || true; fi
  if [[ -n $dir ]]; then rm -rf "$dir"; fi
  exit "$code"
}

interrupted=130 # until everything is up; then Ctrl-C is how it is meant to end
trap clean_up EXIT
trap 'exit "$interrupted"' INT TERM HUP

# --- programs -----------------------------------------------------------------------------------

build_programs() {
  build=${RELAYWATCH_BUILD_DIR:-build/release}
  if [[ -z ${RELAYWATCH_BUILD_DIR:-} ]]; then
    ./deploy/install-deps.sh
    echo "quickstart: building (minutes the first time, seconds afterwards)"
    local log
    log=$(cmake --preset release 2>&1) || die "cmake failed:"$'\n'"$log"
    cmake --build --preset release \
      --target relaywatch-collector relaywatch-agent relaywatch relaywatch-demo-mail
  fi
  local program
  for program in "$build"/{collector/relaywatch-collector,agent/relaywatch-agent,cli/relaywatch} \
    "$build"/tests/support/relaywatch-demo-mail; do
    [[ -x $program ]] || die "$program is missing"
  done
}

# start NAME PROGRAM CONFIG
start() {
  "$build/$2" --config "$3" </dev/null >"$dir/$1.log" 2>&1 &
  pids+=($!)
  names+=("$1")
}

# Ends the run when a program has ended, with the end of its log.
check_programs() {
  local i
  for i in "${!pids[@]}"; do
    kill -0 "${pids[i]}" 2>/dev/null && continue
    die "${names[i]} has stopped:"$'\n'"$(tail -n 15 "$dir/${names[i]}.log")"
  done
}

# Interruptible by the traps, unlike a plain sleep.
pause() { sleep "$1" & wait $!; }

# in_use ADDRESS PORT
in_use() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# await_port NAME ADDRESS PORT
await_port() {
  local tenth
  for ((tenth = 0; tenth < 300; tenth++)); do
    check_programs
    in_use "$2" "$3" && return
    pause 0.1
  done
  die "$1 does not answer on $2:$3"
}

# --- ports --------------------------------------------------------------------------------------

mail_ports() {
  if ((EUID == 0)) && ! in_use "$MAIL" 25 && ! in_use "$MAIL" 465 && ! in_use "$MAIL" 587; then
    ports=(25 465 587)
  else
    ports=(2025 2465 2587)
  fi
  local port
  for port in "${ports[@]}"; do
    ! in_use "$MAIL" "$port" || die "$MAIL:$port is in use; is another quickstart running?"
  done
}

choose_ports() {
  ! in_use 127.0.0.1 "$http_port" ||
    die "127.0.0.1:$http_port is in use; choose another with --http PORT"
  agents_port=7443
  while in_use 127.0.0.1 "$agents_port"; do agents_port=$((20000 + RANDOM % 12000)); done
  if [[ -n $target ]]; then
    ports=(25 465 587)
  else
    mail_ports
  fi
}

# --- the demonstration --------------------------------------------------------------------------

# A home line whose provider closes port 25: refused with a TCP reset. An own table, so that nothing of
# the machine's rules is touched. Without root or nftables the server itself turns the home line away.
block_home() {
  ((EUID == 0)) && command -v nft >/dev/null || return 0
  nft delete table inet "$NFT_TABLE" 2>/dev/null || true # of a run that was killed
  if nft -f - 2>/dev/null <<RULES; then blocked=true; fi
table inet $NFT_TABLE {
  chain input {
    type filter hook input priority filter; policy accept;
    ip saddr $HOME_CLIENT ip daddr $MAIL tcp dport ${ports[0]} reject with tcp reset
  }
}
RULES
}

write_demo_mail() {
  cat >"$dir/demo-mail.yaml" <<YAML
name: mail.example.com
identity: demo-mail.pem
own_domains: [example.com]
listeners:
  - {address: $MAIL, port: ${ports[0]}, security: starttls}
  - {address: $MAIL, port: ${ports[1]}, security: tls}
  - {address: $MAIL, port: ${ports[2]}, security: starttls}
rules:
  - {client: 127.0.1.0/24, relay: accepted}                  # office: no AUTH, but relaying
  - {client: 127.0.2.0/24, auth: {tls: [LOGIN, PLAIN]}}      # vpn: AUTH, no relaying without
  - client: 127.0.3.0/24                                     # home: port 25 closed, AUTH PLAIN only
    port: ${ports[0]}
    greeting: "554 5.7.1 mail.example.com: dynamic addresses are not served on this port"
  - {client: 127.0.3.0/24, auth: {tls: [PLAIN]}}
YAML
}

write_collector() {
  cat >"$dir/collector.yaml" <<YAML
listen: {agents: 127.0.0.1:$agents_port, http: 127.0.0.1:$http_port, admin: $dir/collector.sock}
identity: collector.pem
ca: ca.pem
deployment: quickstart
data_directory: $dir/data
endpoints:
  - name: ${1}
    host: "${2}"
    services:
      - {protocol: smtp, port: ${ports[0]}, security: ${3}}
      - {protocol: smtp, port: ${ports[1]}, security: tls}
      - {protocol: smtp, port: ${ports[2]}, security: starttls}
YAML
}

# write_agent NAME [SOURCE]
write_agent() {
  ./deploy/ca.sh agent "$dir" "$1" >/dev/null
  cat >"$dir/$1.yaml" <<YAML
collector: 127.0.0.1:$agents_port
identity: $1.pem
ca: ca.pem
location: $1
state_directory: $1.state
policy:
  ports: [${ports[0]}, ${ports[1]}, ${ports[2]}]
  networks: [$allowed]
YAML
  [[ -z ${2:-} ]] || printf 'source_address: %s\nmail_ca: ca.pem\n' "$2" >>"$dir/$1.yaml"
}

prepare_demonstration() {
  locations=(office vpn home-isp) allowed=127.0.0.0/8
  ./deploy/ca.sh server "$dir" demo-mail mail.example.com "$MAIL" >/dev/null
  write_demo_mail
  write_collector demo-mail "$MAIL" starttls
  cat >>"$dir/collector.yaml" <<'YAML'
    interval: 5s
    relay_test: {from: probe@example.com, own: probe@example.com, foreign: probe@example.net}
    expect_relay: {office: accepted, default: refused}
locations:
  - {name: office,   match: {declared: office}}
  - {name: vpn,      match: {declared: vpn}}
  - {name: home-isp, match: {declared: home-isp}}
YAML
  write_agent office 127.0.1.1
  write_agent vpn 127.0.2.1
  write_agent home-isp "$HOME_CLIENT"
  block_home
  start demo-mail tests/support/relaywatch-demo-mail "$dir/demo-mail.yaml"
  await_port "the demonstration mail server" "$MAIL" "${ports[1]}"
}

# Slower than the demonstration: a real server may count connections.
prepare_target() {
  locations=(here)
  # Whoever names the target may well have it in a network of theirs.
  allowed='public, 127.0.0.0/8, "::1", 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "fc00::/7"'
  write_collector target "$target" auto
  cat >>"$dir/collector.yaml" <<'YAML'
    interval: 20s
locations:
  - {name: here, match: {always: true}}
YAML
  write_agent here
}

# --- results ------------------------------------------------------------------------------------

matrix() { "$build/cli/relaywatch" matrix --collector "unix:$dir/collector.sock" "$@"; }

# How many (location, port) pairs have been judged.
pairs_seen() {
  { matrix --output csv 2>/dev/null || true; } |
    awk -F, 'NR > 1 && !seen[$1, $5]++ { n++ } END { print n + 0 }'
}

await_results() {
  local wanted=$((${#locations[@]} * ${#ports[@]})) seen told="" second
  for ((second = 0; second < RESULTS_LIMIT; second++)); do
    check_programs
    seen=$(pairs_seen)
    [[ $seen == "$told" ]] ||
      echo "quickstart: results from $seen of $wanted pairs of location and port"
    told=$seen
    ((seen >= wanted)) && return
    pause 1
  done
  die "not every location has results after $RESULTS_LIMIT s; the collector says:"$'\n'"$(
    tail -n 15 "$dir/collector.log"
  )"
}

explain_demonstration() {
  cat <<TEXT

One server, three places:
  office     announces no AUTH and relays for you: a client whose "My outgoing server (SMTP) requires
             authentication" box is ticked shows 0x800CCC80, one with the box unticked sends
  vpn        announces AUTH LOGIN PLAIN and relays for nobody: the other way round
  home-isp   port ${ports[0]} is closed, AUTH is PLAIN only: Outlook has no mechanism in common
TEXT
}

show_next_steps() {
  local host=$target probe_from=""
  [[ -n $host ]] || { host=$MAIL probe_from=" --source $HOME_CLIENT --ca-file $dir/ca.pem"; }
  [[ $host == *:*:* ]] && host="[$host]"
  cat <<TEXT

Metrics:   http://127.0.0.1:$http_port/metrics

Try:
  curl -s http://127.0.0.1:$http_port/metrics | grep 'mismatches_total.*profile="outlook"'
  $build/cli/relaywatch matrix --collector unix:$dir/collector.sock
  $build/cli/relaywatch probe $host:${ports[2]}$probe_from --profile outlook
  sqlite3 -readonly -box $dir/data/relaywatch.db \\
    "SELECT location, port, profile, verdict, count(*) FROM judged GROUP BY 1, 2, 3, 4"
Logs and configurations: $dir
TEXT
}

run_until_end() {
  interrupted=0
  local start=$SECONDS
  if [[ -n $seconds ]]; then
    echo "Running for $seconds s."
  else
    echo "Running until Ctrl-C."
  fi
  while [[ -z $seconds ]] || ((SECONDS - start < seconds)); do
    pause 1
    check_programs
  done
}

main() {
  parse "$@"
  build_programs
  choose_ports
  dir=$(mktemp -d "${TMPDIR:-/tmp}/relaywatch-quickstart.XXXXXX")
  ./deploy/ca.sh init "$dir" quickstart >/dev/null
  ./deploy/ca.sh collector "$dir" localhost 127.0.0.1 >/dev/null
  if [[ -n $target ]]; then prepare_target; else prepare_demonstration; fi
  start collector collector/relaywatch-collector "$dir/collector.yaml"
  await_port "the collector" 127.0.0.1 "$http_port"
  local location
  for location in "${locations[@]}"; do
    start "$location" agent/relaywatch-agent "$dir/$location.yaml"
  done
  await_results
  echo
  matrix
  if [[ -z $target ]]; then explain_demonstration; fi
  show_next_steps
  echo
  run_until_end
}

main "$@"

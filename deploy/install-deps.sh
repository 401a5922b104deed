#!/usr/bin/env bash
# Installs the Debian 12 packages that Relaywatch is built from and runs on; with --tests also those its
# tests and benchmarks need, with --lab those of deploy/lab/lab, with --fuzz and --coverage those of
# tests/fuzz/run.sh and tests/coverage.sh; with --programs only those that built programs load. Tells what is missing before it
# installs, skips what is there, asks nothing, removes nothing, starts no service.
set -euo pipefail

readonly BUILD=(
  g++ cmake ninja-build ccache pkg-config
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc # transport, schema
  libssl-dev libsqlite3-dev zlib1g-dev libc-ares-dev libasio-dev libgsasl-dev # TLS, store, DNS, probes, logins
  prometheus-cpp-dev libmicrohttpd-dev libgnutls28-dev libcrypt-dev      # metrics, HTTP and its passwords
  libgoogle-perftools-dev                                                # the collector's allocator
  libyaml-cpp-dev libcli11-dev libspdlog-dev libfmt-dev libabsl-dev nlohmann-json3-dev
)
# Of hosts that do not build: what relaywatch-agent, relaywatch-collector and relaywatch load.
readonly PROGRAMS=(
  libgrpc++1.51 libgrpc29 libprotobuf32 libabsl20220623
  libssl3 libsqlite3-0 zlib1g libc-ares2 libgsasl18
  libprometheus-cpp-core1.0 libmicrohttpd12 libgnutls30 libcrypt1 libtcmalloc-minimal4
  libyaml-cpp0.7 libspdlog1.10 libfmt9
  ca-certificates
)
readonly RUN=(
  openssl ca-certificates # deploy/ca.sh; the CAs of mail servers
  sqlite3 curl            # to look at results and metrics
  nftables                # the closed port of the quickstart
)
readonly TESTS=(
  libgtest-dev libgmock-dev libbenchmark-dev
  clang-format clang-tidy
  shellcheck iproute2 procps jq
  prometheus-alertmanager python3-yaml                                 # checks of dashboards/
  postfix dovecot-core dovecot-imapd dovecot-pop3d dovecot-submissiond prometheus dnsmasq-base # real servers
  libdb5.3 libevent-2.1-7 libgnutls-dane0 libidn12 libnsl2 libpcre2-8-0 # tests/e2e/fetch_servers.sh:
  libberkeleydb-perl libnetaddr-ip-perl libnet-dns-perl libnet-server-perl # what its servers load
  swaks libnet-ssleay-perl                                             # a second opinion on servers
  python3                                                              # a web server on a mail port
  libfaketime                                                          # clocks that are wrong
  nodejs npm                                                           # nodemailer's smtp-server
)
# The first clang that compiles coroutines with Debian's libstdc++.
readonly FUZZ=(clang-16 libclang-rt-16-dev)
readonly COVERAGE=(gcovr)
readonly LAB=(postfix dovecot-core dovecot-imapd dovecot-pop3d prometheus prometheus-alertmanager python3 python3-yaml iproute2)
# Whatever of these comes with --tests or --lab is for them alone: they start their own, privately.
readonly SERVICES=(postfix dovecot prometheus prometheus-alertmanager)
readonly POLICY=/usr/sbin/policy-rc.d

usage() {
  cat <<'TEXT'
usage: deploy/install-deps.sh [--tests] [--lab] [--fuzz] [--coverage] [--list]
       deploy/install-deps.sh --programs [--list]
  --tests      also what tests/run.sh and tests/bench/run.sh need (mail servers, Prometheus)
  --lab        also what deploy/lab/lab needs (mail servers, Prometheus, Alertmanager)
  --fuzz       also what tests/fuzz/run.sh needs (clang)
  --coverage   also what tests/coverage.sh needs (gcovr)
  --programs   only what programs that were built elsewhere need to run, for an agent's host
  --list       print the packages, missing ones marked, and install nothing
TEXT
}

die() {
  echo "install-deps: $*" >&2
  exit 1
}

# os_release KEY
os_release() { sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" /etc/os-release 2>/dev/null || true; }

require_debian_12() {
  local name
  name="$(os_release ID) $(os_release VERSION_ID)"
  [[ $name == "debian 12" ]] && return
  die "this is '$name'; the packages are named for Debian 12 (bookworm)." \
    "Install their like by hand: $0 --list"
}

is_installed() {
  # Other packages of Node.js than Debian's bring npm along, and cannot be installed beside Debian's.
  [[ $1 == npm ]] && command -v npm >/dev/null && return
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Lets no package start its service; nothing to do where the machine already forbids it.
forbid_services() {
  [[ -e $POLICY ]] && return
  trap '"${AS_ROOT[@]}" rm -f "$POLICY"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${AS_ROOT[@]}" tee "$POLICY" >/dev/null
  "${AS_ROOT[@]}" chmod 755 "$POLICY"
}

# What was not started now shall not start with the next boot either.
disable_services() {
  command -v systemctl >/dev/null || return 0
  local service package
  for service in "${SERVICES[@]}"; do
    for package in "$@"; do
      [[ $package == "$service" || $package == "$service-core" ]] || continue
      "${AS_ROOT[@]}" systemctl disable --quiet "$service.service" 2>/dev/null || true
    done
  done
}

install() {
  echo "install-deps: installing $# packages: $*"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "not root, and there is no sudo; as root: apt-get install $*"
    AS_ROOT=(sudo)
    echo "install-deps: with sudo"
  fi
  forbid_services
  "${AS_ROOT[@]}" apt-get update -qq || die "apt-get update failed"
  # --no-remove: a package that would push out another (another mail server, say) is not worth it.
  "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet \
    --no-install-recommends --no-remove "$@" </dev/null || die "apt-get install failed"
  disable_services "$@"
}

AS_ROOT=()
wanted=("${BUILD[@]}" "${RUN[@]}")
list_only=false
for argument in "$@"; do
  case $argument in
    --tests) wanted+=("${TESTS[@]}") ;;
    --lab) wanted+=("${LAB[@]}") ;;
    --fuzz) wanted+=("${FUZZ[@]}") ;;
    --coverage) wanted+=("${COVERAGE[@]}") ;;
    --programs) wanted=("${PROGRAMS[@]}") ;;
    --list) list_only=true ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done

$list_only || require_debian_12
missing=()
for package in "${wanted[@]}"; do
  if is_installed "$package"; then
    $list_only && echo "$package"
  else
    $list_only && echo "$package (missing)"
    missing+=("$package")
  fi
done
$list_only && exit 0

if ((${#missing[@]} == 0)); then
  echo "install-deps: all ${#wanted[@]} packages are installed"
else
  install "${missing[@]}"
fi

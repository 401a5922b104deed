#!/usr/bin/env bash
# Unpacks mail servers whose Debian packages cannot be installed beside Postfix's, or would start with the machine, into
# build/servers/PACKAGE, where the e2e tests run them. What they link to comes from deploy/install-deps.sh --tests.
# Skips what is there. A mirror without backports costs the tests of OpenSMTPD, a machine that cannot reach npm's
# registry those of nodemailer's smtp-server; they are skipped then, and say so.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly DIRECTORY=$PWD/build/servers
readonly MIRROR=http://deb.debian.org/debian
readonly KEYRING='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'

# A private apt with one source, so that the machine's own sources and lists stay as they are.
apt_with() {
  local state=$scratch/apt
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  echo "$1" >"$state/sources.list"
  APT=(-qq -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state" -o APT::Sandbox::User=root)
  apt-get "${APT[@]}" update
}

# fetch PACKAGE SUITE
fetch() {
  local package=$1
  [[ -d $DIRECTORY/$package ]] && return
  echo "fetch_servers: fetching $package"
  rm -rf "$DIRECTORY/$package.part"
  # The move comes last: a directory that is there is whole.
  apt_with "deb $KEYRING $MIRROR $2 main" &&
    (cd "$scratch" && apt-get "${APT[@]}" download "$package") &&
    dpkg-deb --extract "$scratch/$package"_*.deb "$DIRECTORY/$package.part" &&
    mv "$DIRECTORY/$package.part" "$DIRECTORY/$package"
}

# The packages that tests/e2e/nodemailer/package-lock.json names, by their checksums; nothing of theirs is run.
fetch_nodemailer() {
  local part=$DIRECTORY/nodemailer.part
  [[ -d $DIRECTORY/nodemailer ]] && return
  echo "fetch_servers: fetching nodemailer's smtp-server"
  rm -rf "$part"
  mkdir "$part"
  cp tests/e2e/nodemailer/package*.json "$part"
  npm ci --prefix "$part" --ignore-scripts --no-audit --no-fund --loglevel=error &&
    mv "$part" "$DIRECTORY/nodemailer"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$DIRECTORY"
fetch exim4-daemon-light bookworm
fetch postgrey bookworm
# Debian 12's own cannot do TLS with Debian 12's OpenSSL.
fetch opensmtpd bookworm-backports || echo "fetch_servers: no opensmtpd; its tests will be skipped" >&2
fetch_nodemailer || echo "fetch_servers: no smtp-server; its tests will be skipped" >&2
echo "fetch_servers: done, in $DIRECTORY"

#!/usr/bin/env bash
# Unpacks the mail servers whose Debian packages cannot be installed beside Postfix's into build/servers/PACKAGE,
# where the e2e tests run them. What they link to comes from deploy/install-deps.sh --tests. Skips what is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly PACKAGES=(exim4-daemon-light opensmtpd)
readonly DIRECTORY=$PWD/build/servers

download() {
  echo "fetch_servers: fetching $1"
  (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root "$1") && return
  # The lists may be older than the mirror.
  if ((EUID == 0)); then apt-get update -qq; else sudo apt-get update -qq; fi
  (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root "$1")
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$DIRECTORY"
for package in "${PACKAGES[@]}"; do
  [[ -d $DIRECTORY/$package ]] && continue
  download "$package"
  dpkg-deb --extract "$scratch/$package"_*.deb "$scratch/$package"
  # A rename at the end: a directory that is there is whole.
  rm -rf "$DIRECTORY/$package.part"
  cp -a "$scratch/$package" "$DIRECTORY/$package.part"
  mv "$DIRECTORY/$package.part" "$DIRECTORY/$package"
done
echo "fetch_servers: ${PACKAGES[*]} are in $DIRECTORY"

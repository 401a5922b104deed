#!/usr/bin/env bash
# A small certificate authority for a deployment: P-256 keys, files readable by their owner only, nothing
# overwritten.
#   ca.sh init DIR DEPLOYMENT       DIR/ca.pem and DIR/ca.key (keep the key off the collector)
#   ca.sh collector DIR NAME...     DIR/collector.pem for these DNS names and addresses
#   ca.sh agent DIR NAME            DIR/NAME.pem, URI spiffe://DEPLOYMENT/agent/NAME, clientAuth only
#   ca.sh operator DIR NAME         DIR/NAME.pem, URI spiffe://DEPLOYMENT/operator/NAME, clientAuth only
#   ca.sh issuer DIR                DIR/issuer.pem, which the collector signs agents' certificates with
#   ca.sh server DIR FILE NAME...   DIR/FILE.pem for another TLS server, such as a demonstration's
# Identity files hold the private key and then the certificate, as `identity:` in agent.yaml and
# collector.yaml wants them. $RELAYWATCH_CERT_DAYS: lifetime of leaves in days, 365 by default.
set -euo pipefail

readonly CA_DAYS=3650
readonly DAYS=${RELAYWATCH_CERT_DAYS:-365}

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; }

die() {
  echo "ca.sh: $*" >&2
  exit 1
}

# Names end up in file names, in an openssl configuration and in URIs.
require_name() { [[ $1 =~ ^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$ ]] || die "'$1' is no usable name"; }

require_absent() { [[ ! -e $1 ]] || die "$1 is there already; remove it first if it shall be replaced"; }

require_ca() {
  [[ -r $1/ca.key && -r $1/ca.pem ]] || die "no readable CA in $1: run 'ca.sh init $1 DEPLOYMENT' first"
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# The deployment's name is kept as the CA's organisation.
deployment_of() {
  openssl x509 -in "$1/ca.pem" -noout -subject -nameopt multiline |
    sed -n 's/^ *organizationName *= //p'
}

init() {
  local dir=$1 deployment=$2
  require_name "$deployment"
  mkdir -p "$dir"
  require_absent "$dir/ca.key"
  require_absent "$dir/ca.pem"
  new_key "$WORK/ca.key"
  openssl req -x509 -new -sha256 -key "$WORK/ca.key" -days "$CA_DAYS" -out "$WORK/ca.pem" \
    -subj "/O=$deployment/CN=Relaywatch CA of $deployment" -config /dev/stdin <<'CONFIG'
[req]
distinguished_name = name
x509_extensions = ca
[name]
[ca]
basicConstraints = critical, CA:TRUE, pathlen:1
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
CONFIG
  mv "$WORK/ca.key" "$dir/ca.key"
  chmod 644 "$WORK/ca.pem"
  mv "$WORK/ca.pem" "$dir/ca.pem"
  echo "made $dir/ca.pem and $dir/ca.key of deployment '$deployment'"
}

# sign DIR FILE SUBJECT <EXTENSIONS
sign() {
  local dir=$1 file=$2 subject=$3
  require_absent "$file"
  new_key "$WORK/key"
  openssl req -new -key "$WORK/key" -subj "/CN=$subject" -out "$WORK/csr"
  openssl x509 -req -sha256 -in "$WORK/csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -days "$DAYS" \
    -out "$WORK/cert" -extfile /dev/stdin 2>"$WORK/log" || die "$(cat "$WORK/log")"
  cat "$WORK/key" "$WORK/cert" >"$WORK/identity"
  mv "$WORK/identity" "$file"
}

# issue DIR FILE SUBJECT EXTENDED_KEY_USAGE SUBJECT_ALT_NAME
issue() {
  local dir=$1 file=$2 subject=$3 usage=$4 names=$5
  sign "$dir" "$file" "$subject" <<CONFIG
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = $usage
subjectAltName = $names
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CONFIG
  echo "made $file ($names, $DAYS days)"
}

issuer() {
  local dir=$1
  require_ca "$dir"
  if openssl x509 -in "$dir/ca.pem" -noout -ext basicConstraints | grep -q 'pathlen:0'; then
    die "$dir/ca.pem is of an older ca.sh: it may sign no issuer (pathlen:0)"
  fi
  sign "$dir" "$dir/issuer.pem" "Relaywatch issuer" <<'CONFIG'
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CONFIG
  echo "made $dir/issuer.pem ($DAYS days)"
}

# DNS names and addresses as a subjectAltName.
alternative_names() {
  local name list=""
  for name in "$@"; do
    if [[ $name =~ ^[0-9.]+$ || $name == *:* ]]; then
      list+=",IP:$name"
    else
      require_name "$name"
      list+=",DNS:$name"
    fi
  done
  echo "${list#,}"
}

server() {
  local dir=$1 file=$2
  shift 2
  require_ca "$dir"
  require_name "$file"
  local names
  names=$(alternative_names "$@")
  issue "$dir" "$dir/$file.pem" "$1" serverAuth "$names"
}

# client DIR ROLE NAME
client() {
  local dir=$1 role=$2 name=$3
  require_ca "$dir"
  require_name "$name"
  local deployment
  deployment=$(deployment_of "$dir")
  issue "$dir" "$dir/$name.pem" "$name" clientAuth "URI:spiffe://$deployment/$role/$name"
}

command -v openssl >/dev/null || die "needs the openssl program (Debian package openssl)"
umask 077
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

case "${1:-}:$#" in
  init:3) init "$2" "$3" ;;
  collector:[3-9] | collector:[1-9][0-9]) server "$2" collector "${@:3}" ;;
  issuer:2) issuer "$2" ;;
  agent:3 | operator:3) client "$2" "$1" "$3" ;;
  server:[4-9] | server:[1-9][0-9]) server "$2" "$3" "${@:4}" ;;
  --help:1 | -h:1) usage ;;
  *) usage >&2 && exit 2 ;;
esac

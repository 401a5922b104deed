# shellcheck shell=bash
# The mail server: Postfix and Dovecot with configuration, queue and mailboxes under DIR/mail.

readonly POSTFIX=$DIR/mail/postfix DOVECOT=$DIR/mail/dovecot CERTIFICATES=$DIR/mail/certificates
readonly MAIL_PORTS="25 465 587 993"

# mail_certificate DAYS: for both servers. The file is replaced by rename.
mail_certificate() {
  rm -f "$CERTIFICATES/new.pem"
  RELAYWATCH_CERT_DAYS=$1 "$SOURCE/deploy/ca.sh" server "$CERTIFICATES" new mail.example.com "$MAIL" >/dev/null
  mv "$CERTIFICATES/new.pem" "$CERTIFICATES/mail.pem"
}

prepare_mail() {
  # Their processes run under accounts of their own, which have to get there.
  mkdir -m 711 "$DIR/mail" "$POSTFIX" "$DOVECOT"
  mkdir -m 755 "$POSTFIX/etc" "$POSTFIX/queue"
  install -d -o postfix -m 700 "$POSTFIX/data"
  install -d -o nobody -m 700 "$DOVECOT/mail"
  "$SOURCE/deploy/ca.sh" init "$CERTIFICATES" lab >/dev/null
  mail_certificate 365
  fill main.cf "$POSTFIX/etc/main.cf" directory="$POSTFIX" certificates="$CERTIFICATES" dovecot="$DOVECOT" \
    address="$MAIL" office="$OFFICE_NET" vpn="$VPN_NET"
  fill master.cf "$POSTFIX/etc/master.cf"
  fill dovecot.conf "$DOVECOT/dovecot.conf" directory="$DOVECOT" certificates="$CERTIFICATES" address="$MAIL"
}

start_dovecot() { start dovecot mail /usr/sbin/dovecot -F -c "$DOVECOT/dovecot.conf"; }

# The master itself: "postfix start" would put a shell between us and it. "check" lays out the queue.
start_postfix() {
  in_place mail postfix -c "$POSTFIX/etc" check >>"$DIR/log/postfix.log" 2>&1 || fail "postfix check failed" postfix
  start postfix mail /usr/lib/postfix/sbin/master -d -c "$POSTFIX/etc"
}

await_mail() {
  local port
  for port in 143 993 995; do await 20 "dovecot does not answer on port $port" dovecot listens mail "$MAIL" "$port"; done
  for port in 25 465 587; do await 20 "postfix does not answer on port $port" postfix listens mail "$MAIL" "$port"; done
}

start_mail() {
  prepare_mail
  start_dovecot
  start_postfix
  await_mail
}

reload_postfix() { kill -s HUP "$(pid_of postfix)"; }
reload_dovecot() { kill -s HUP "$(pid_of dovecot)"; }

# set_postfix "NAME = VALUE"...: as an administrator would, and makes it count.
set_postfix() {
  postconf -c "$POSTFIX/etc" -e "$@"
  reload_postfix
}

# unset_postfix NAME: takes it out of main.cf again.
unset_postfix() {
  postconf -c "$POSTFIX/etc" -X "$1"
  reload_postfix
}

# shellcheck shell=bash
# the mail server's certificate expired yesterday: CertificateExpiring
renew() {
  mail_certificate "$1"
  reload_postfix
  reload_dovecot
}
on() { renew -1; }
off() { renew 365; }

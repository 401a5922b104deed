# shellcheck shell=bash
# the mail server's certificate expired yesterday: CertificateExpiring
renew() {
  mail_certificate "$@"
  reload_postfix
  reload_dovecot
}
on() { renew -1; }
off() { renew; }

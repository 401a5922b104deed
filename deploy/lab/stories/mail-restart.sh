# shellcheck shell=bash
# Postfix and Dovecot are restarted, once: no alert
play() {
  stop postfix
  stop dovecot
  start_dovecot
  start_postfix
  await_mail
}

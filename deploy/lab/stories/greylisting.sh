# shellcheck shell=bash
# the server turns senders that it does not know away for a moment, again and again: no alert
on() {
  start greylist mail /usr/bin/python3 "$LAB/greylist.py" 10023
  await 10 "the policy server does not answer" greylist listens mail 127.0.0.1 10023
  set_postfix "smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10023"
}
# Postfix lets go of it first: without it every RCPT would be deferred.
off() {
  unset_postfix smtpd_recipient_restrictions
  sleep 1
  stop greylist
}

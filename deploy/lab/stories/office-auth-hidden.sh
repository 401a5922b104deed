# shellcheck shell=bash
# the server announces no AUTH to the office any more: AuthMismatchNew, AuthMismatchHigh, RelayRuleChanged
on() { set_postfix "smtpd_sasl_exceptions_networks = $OFFICE_NET"; }
off() { unset_postfix smtpd_sasl_exceptions_networks; }

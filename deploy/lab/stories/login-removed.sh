# shellcheck shell=bash
# AUTH is PLAIN only, everywhere, and Outlook wants LOGIN: AuthMismatchNew, AuthMismatchHigh, RelayRuleChanged
on() { set_postfix "smtpd_sasl_mechanism_filter = plain"; }
off() { unset_postfix smtpd_sasl_mechanism_filter; }

# shellcheck shell=bash
# the server relays no longer for the VPN on port 25: RelayRuleChanged
on() { set_postfix "mynetworks = $OFFICE_NET"; }
off() { set_postfix "mynetworks = $OFFICE_NET $VPN_NET"; }

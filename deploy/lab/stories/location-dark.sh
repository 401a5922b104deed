# shellcheck shell=bash
# the office is cut off from the NOC, not from the mail server; lost after 5 minutes: LocationDark
on() { way_rules location-dark; }
off() { drop_way_rules location-dark; }

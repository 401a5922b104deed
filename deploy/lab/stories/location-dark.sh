# shellcheck shell=bash
# the office is cut off from the NOC, not from the mail server; lost after 5 minutes: LocationDark
on() { way_rules location-dark; }
# Agents would try again by themselves, after so long an outage within 5 minutes. A reload makes them try at once.
off() {
  local agent
  drop_way_rules location-dark
  for agent in office-1 office-2; do
    ! is_up "$agent" || kill -s HUP "$(pid_of "$agent")"
  done
}

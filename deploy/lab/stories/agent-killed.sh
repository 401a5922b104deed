# shellcheck shell=bash
# one of the VPN's six agents is killed; lost after 5 minutes of silence: AgentLost
on() { stop vpn-6 KILL; }
off() {
  start_agent vpn-6
  check_soon vpn-6
}

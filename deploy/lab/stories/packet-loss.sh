# shellcheck shell=bash
# every twentieth packet is lost, whoever sends it: no alert
on() { way_rules packet-loss; }
off() { drop_way_rules packet-loss; }

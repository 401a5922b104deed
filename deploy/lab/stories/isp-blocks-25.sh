# shellcheck shell=bash
# the provider of the home line drops connections to port 25: PortBlocked
on() { way_rules isp-blocks-25; }
off() { drop_way_rules isp-blocks-25; }

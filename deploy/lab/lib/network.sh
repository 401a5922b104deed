# shellcheck shell=bash
# The places and the ways between them. Each place is a network namespace with one link to "internet", which routes; the
# links are made inside, so this machine's own network never sees them.

readonly MAIL=192.0.2.25 NOC=198.51.100.10
readonly OFFICE_NET=10.1.0.0/24 VPN_NET=10.8.0.0/24 HOME_NET=10.3.0.0/24
readonly HOST_LINK=relaywatch-lab HOST_ADDRESS=198.18.0.1 HOST_PEER=198.18.0.2 # of "up --from-host"

# Place, its interface, network; the router has .1 there.
readonly PLACES="\
mail eth0 192.0.2
noc eth0 198.51.100
office eth0 10.1.0
vpn tun0 10.8.0
home-isp wlan0 10.3.0"

# addresses_of PLACE: the last numbers of its hosts. Only in a bigger place is one lost agent no dark location.
addresses_of() {
  case $1 in
    mail) echo 25 ;;
    noc) echo 10 ;;
    vpn) echo 11 12 13 14 15 16 ;;
    *) echo 11 12 ;;
  esac
}

namespaces() { printf "$PREFIX%s\n" internet mail noc office vpn home-isp; }

have_namespace() { [[ -e /run/netns/$1 ]]; }

new_place() {
  ip netns add "$PREFIX$1"
  in_place "$1" ip link set lo up
}

# connect PLACE INTERFACE NETWORK
connect() {
  local host
  new_place "$1"
  ip link add "$2" netns "$PREFIX$1" type veth peer name "$1" netns "${PREFIX}internet"
  in_place internet ip address add "$3.1/24" dev "$1"
  in_place internet ip link set "$1" up
  for host in $(addresses_of "$1"); do in_place "$1" ip address add "$3.$host/24" dev "$2"; done
  in_place "$1" ip link set "$2" up
  in_place "$1" ip route add default via "$3.1"
}

network_up() {
  local place interface network
  new_place internet
  in_place internet tee /proc/sys/net/ipv4/ip_forward <<<1 >/dev/null
  while read -r place interface network; do connect "$place" "$interface" "$network"; done <<<"$PLACES"
}

# A link between this machine and the NOC, which does not route: nothing else of the lab is reached by it.
link_host() {
  ! ip link show "$HOST_LINK" >/dev/null 2>&1 || die "this machine has an interface $HOST_LINK: another lab --from-host?"
  ip link add "$HOST_LINK" type veth peer name host0 netns "${PREFIX}noc"
  in_place noc ip address add "$HOST_PEER/30" dev host0
  in_place noc ip link set host0 up
  ip address add "$HOST_ADDRESS/30" dev "$HOST_LINK"
  ip link set "$HOST_LINK" up
}

# Whatever still runs in there was started by a program of the lab. The links go with the namespaces.
network_down() {
  local name
  for name in $(namespaces); do
    have_namespace "$name" || continue
    ip netns pids "$name" | xargs -r kill -s KILL 2>/dev/null || true
    ip netns delete "$name"
  done
}

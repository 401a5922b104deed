# shellcheck shell=bash
# What the lab tells of itself.

# line_of PLACE WHAT PROGRAMS...: and those that a story has started there.
line_of() {
  local name text=""
  # shellcheck disable=SC2046 # a word a program
  for name in "${@:3}" $(others_at "$1" "${@:3}"); do
    if is_up "$name"; then text+=" $name"; else text+=" $name(DOWN)"; fi
  done
  printf '  %-20s %-38s%s\n' "$PREFIX$1" "$2" "$text"
}

# others_at PLACE PROGRAMS...
others_at() {
  local name place
  for name in $(programs); do
    read -r _ _ place <"$DIR/run/$name"
    [[ $place != "$1" || " ${*:2} " == *" $name "* ]] || echo "$name"
  done
}

# agents_of PLACE: stopped ones too.
agents_of() { for dir in "$DIR/agents/$1"-*; do basename "$dir"; done; }

show_places() {
  echo "Namespaces and programs"
  line_of mail "$MAIL" postfix dovecot
  line_of noc "$NOC" collector prometheus alertmanager receiver
  local place interface network
  while read -r place interface network; do
    [[ " $AGENT_PLACES " == *" $place "* ]] || continue
    # shellcheck disable=SC2046 # a word a program
    line_of "$place" "$network.0/24 on $interface" $(agents_of "$place")
  done <<<"$PLACES"
  line_of internet "routes between all of them"
}

show_stories() {
  local name
  echo "Stories that are on"
  for name in $(story_names); do
    ! is_on "$name" || printf '  %-20s since %s: %s\n' "$name" "$(cat "$DIR/stories/$name")" "$(summary_of "$name")"
  done
  [[ -n $(ls "$DIR/stories") ]] || echo "  none; deploy/lab/lab flip lists them"
}

show_alerts() {
  echo "Alerts (told and not resolved)"
  in_place noc curl -sf http://127.0.0.1:9099/ | sed 's/^/  /' || echo "  the receiver does not answer"
}

show_where_to_look() {
  local noc="ip netns exec ${PREFIX}noc"
  cat <<TEXT
Look
  deploy/lab/lab alerts                          what arrives, as it arrives
  $BUILD/cli/relaywatch matrix --collector unix:$SOCKET
  $noc curl -s http://127.0.0.1:9587/metrics
  $noc curl -s 'http://127.0.0.1:9090/api/v1/query?query=ALERTS'
  ip netns exec ${PREFIX}home-isp $BUILD/cli/relaywatch probe $MAIL:587 --ca-file $CERTIFICATES/ca.pem
  logs: $DIR/log
TEXT
  if ip -n "${PREFIX}noc" link show host0 >/dev/null 2>&1; then
    cat <<TEXT
From this machine
  http://$HOST_PEER:9090   Prometheus      http://$HOST_PEER:9093   Alertmanager
  http://$HOST_PEER:9587/metrics   the collector
TEXT
  fi
}

status() {
  (($# == 0)) || { usage >&2 && exit 2; }
  show_status
}

show_status() {
  show_places
  echo
  show_stories
  echo
  echo "What clients see"
  { relaywatch matrix 2>&1 || true; } | sed 's/^/  /'
  echo
  show_alerts
  echo
  show_where_to_look
}

alerts() {
  (($# == 0)) || { usage >&2 && exit 2; }
  exec tail -n +1 -f "$DIR/log/receiver.log"
}

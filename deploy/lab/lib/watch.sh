# shellcheck shell=bash
# What watches: collector, Prometheus, Alertmanager and the receiver at the NOC; agents at the client networks.

readonly SOCKET=$DIR/noc/collector.sock
readonly AGENT_PLACES="office vpn home-isp"

relaywatch() { "$BUILD/cli/relaywatch" "$@" --collector "unix:$SOCKET"; }

start_collector() {
  start collector noc "$BUILD/collector/relaywatch-collector" --config "$DIR/noc/collector.yaml"
  await 30 "the collector is not ready" collector in_place noc curl -sf http://127.0.0.1:9587/-/ready
}

# It finds Alertmanager some seconds after its first evaluation: told soon again, nothing is missed for long.
start_prometheus() {
  start prometheus noc prometheus --config.file="$DIR/noc/prometheus.yaml" --storage.tsdb.path="$DIR/noc/prometheus" \
    --web.listen-address=0.0.0.0:9090 --rules.alert.resend-delay=5s --log.level=warn
}

# Alone, without its cluster.
start_alertmanager() {
  start alertmanager noc prometheus-alertmanager --config.file="$DIR/noc/alertmanager.yaml" \
    --storage.path="$DIR/noc/alertmanager" --web.listen-address=0.0.0.0:9093 --cluster.listen-address= --log.level=warn
}

start_receiver() { start receiver noc /usr/bin/python3 "$LAB/receiver.py" 9099 "$DIR/alerts.jsonl"; }

start_noc() {
  mkdir -m 700 "$DIR/noc"
  fill collector.yaml "$DIR/noc/collector.yaml" directory="$DIR/noc" noc="$NOC" mail="$MAIL" home="$HOME_NET"
  /usr/bin/python3 "$LAB/shorten.py" "$DIR/noc" http://127.0.0.1:9099 2>"$DIR/log/shorten.log" ||
    fail "the rules cannot be shortened" shorten
  start_collector
  start_receiver
  await 10 "the receiver does not answer" receiver listens noc 127.0.0.1 9099
  start_alertmanager
  await 20 "Alertmanager is not ready" alertmanager in_place noc curl -sf http://127.0.0.1:9093/-/ready
  start_prometheus
  await 20 "Prometheus is not ready" prometheus in_place noc curl -sf http://127.0.0.1:9090/-/ready
}

# prepare_agent NAME ADDRESS TOKEN: a new agent with an address of its own at its place.
prepare_agent() {
  mkdir "$DIR/agents/$1"
  (umask 077 && echo "$3" >"$DIR/agents/$1/token")
  fill agent.yaml "$DIR/agents/$1/agent.yaml" place="${1%-*}" address="$2" noc="$NOC" mail="$MAIL" \
    certificates="$CERTIFICATES"
}

start_agent() { start "$1" "${1%-*}" "$BUILD/agent/relaywatch-agent" --config "$DIR/agents/$1/agent.yaml"; }

# new_token LOCATION USES
new_token() {
  relaywatch token create --location "$1" --uses "$2" 2>"$DIR/log/token.log" || fail "no token for $1" token
}

start_agents() {
  local place network number host token
  while read -r place _ network; do
    [[ " $AGENT_PLACES " == *" $place "* ]] || continue
    token=$(new_token "$place" 9)
    number=0
    for host in $(addresses_of "$place"); do
      number=$((number + 1))
      prepare_agent "$place-$number" "$network.$host" "$token"
      start_agent "$place-$number"
    done
  done <<<"$PLACES"
}

# How many (location, port) pairs have been judged.
pairs_seen() {
  { relaywatch matrix --output csv 2>/dev/null || true; } |
    awk -F, 'NR > 1 && !seen[$1, $5]++ { n++ } END { print n + 0 }'
}

all_pairs_seen() { (($(pairs_seen) == $(wc -w <<<"$AGENT_PLACES") * $(wc -w <<<"$MAIL_PORTS"))); }

await_results() {
  local second
  for ((second = 0; second < 60; second++)); do
    # shellcheck disable=SC2046 # a word a program
    check $(programs)
    ! all_pairs_seen || return 0
    sleep 1
  done
  fail "not every location has results" collector
}

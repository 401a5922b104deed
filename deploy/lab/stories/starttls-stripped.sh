# shellcheck shell=bash
# something on the way from the home line takes STARTTLS out of the reply on port 587: TlsStripped
on() {
  start strip_starttls internet /usr/bin/python3 "$LAB/strip_starttls.py" 10587 "$MAIL" 587
  await 10 "the proxy does not answer" strip_starttls listens internet 127.0.0.1 10587
  way_rules starttls-stripped
}
# New connections go past it first; then it may finish those it has.
off() {
  drop_way_rules starttls-stripped
  stop strip_starttls
}

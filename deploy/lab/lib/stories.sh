# shellcheck shell=bash
# Stories: deploy/lab/stories/NAME.sh, each with its line for the list on top and the functions `on` and `off`; one that is
# over by itself has only `play`. DIR/stories/NAME is there while a story is on. A story's rules for the way are a file
# too: NAME.nft, an nftables table "story" in the namespace "internet", under the story's own name.

story_file() { echo "$LAB/stories/$1.sh"; }
story_names() { for file in "$LAB"/stories/*.sh; do basename "$file" .sh; done; }
summary_of() { sed -n '2s/^# //p' "$(story_file "$1")"; }
is_on() { [[ -e $DIR/stories/$1 ]]; }

list_stories() {
  local name state
  for name in $(story_names); do
    state=""
    ! is_on "$name" || state=on
    printf '  %-20s %-3s %s\n' "$name" "$state" "$(summary_of "$name")"
  done
}

# way_rules STORY: the file's table gets the story's name, so that stories do not meet.
way_rules() {
  in_place internet nft --define "home=$HOME_NET" --define "office=$OFFICE_NET" --define "noc=$NOC" \
    --define "mail=$MAIL" --file "$LAB/stories/$1.nft"
}
drop_way_rules() { in_place internet nft delete table inet "${1//-/_}"; }

flip() {
  (($# > 0)) || { list_stories && exit 0; }
  local name=$1 wanted=${2:-}
  [[ -e $(story_file "$name") && $name != */* ]] || die "no story '$name'; there are:"$'\n'"$(list_stories)"
  [[ -d $DIR/run ]] || die "the lab in $DIR is not up"
  # shellcheck disable=SC1090 # one of many
  source "$(story_file "$name")"
  if declare -F play >/dev/null; then
    [[ $wanted != off ]] || die "$name is over by itself"
    play
    echo "lab: played $name"
    return
  fi
  [[ -n $wanted ]] || { if is_on "$name"; then wanted=off; else wanted=on; fi; }
  case $wanted in
    on) flip_on "$name" ;;
    off) flip_off "$name" ;;
    *) echo "lab: flip $name on, or off; not '$wanted'" >&2 && exit 2 ;;
  esac
}

# Marked before it begins: what failed half-way can be taken back by "off".
flip_on() {
  ! is_on "$1" || die "$1 is on already"
  date +%T >"$DIR/stories/$1"
  on
  echo "lab: $1 is on"
}

flip_off() {
  is_on "$1" || die "$1 is not on"
  off
  rm "$DIR/stories/$1"
  echo "lab: $1 is off"
}

#!/bin/bash
# Installs what is missing on Debian 12, without letting Debian start or enable the daemons that it installs: the
# engine runs its own. What was installed, running or enabled before stays as it was. Asks nothing.
#   tools/setup.sh [GROUP]...  default: run build; groups: run apps browser monitor build test containers bench lint fuzz
set -euo pipefail

group_run=(etcd-server etcd-client redis-server redis-sentinel redis-tools patroni python3 python3-etcd postgresql-15
  haproxy)
group_apps=(maven openjdk-17-jdk-headless)
group_node=(nodejs npm) # unless there are others already: Debian's do not live beside them
group_browser=(chromium chromium-sandbox)
group_monitor=(prometheus)
group_build=(g++ cmake ninja-build ccache make pkg-config libcaf-dev libboost-dev libboost-system-dev
  libcurl4-openssl-dev libyaml-cpp-dev nlohmann-json3-dev libspdlog-dev libcli11-dev libpq-dev libhiredis-dev
  libssl-dev libsqlite3-dev libre2-dev prometheus-cpp-dev catch2)
group_test=(zsh fish)
group_containers=(docker.io iptables podman runc netavark aardvark-dns debootstrap python3)
group_bench=(curl jq postgresql-client-15 util-linux docker-compose)
group_lint=(clang-tidy clang-format shellcheck)
group_fuzz=(clang libclang-rt-14-dev)

# package → units that Debian would start at boot
declare -A unit_of=([etcd-server]=etcd [redis-server]=redis-server [redis-sentinel]=redis-sentinel [patroni]=patroni
  [postgresql-common]=postgresql [haproxy]=haproxy [prometheus]=prometheus
  [docker.io]="docker docker.socket" [containerd]=containerd
  [podman]="podman podman.socket podman-restart podman-auto-update podman-auto-update.timer")

policy=/usr/sbin/policy-rc.d
policy_saved=/usr/sbin/policy-rc.d.before-paws-engine
policy_mark='paws-engine set-up: no daemon is started while packages are installed'
cluster_dropin=/etc/postgresql-common/createcluster.d/paws-engine.conf

say() { printf 'set-up: %s\n' "$*"; }
fail() { printf '[SYSTEM] ERR_SYS_004: %s | %s\n' "$1" "$2" >&2; exit 2; }

# Prints those of the given packages that are not installed.
missing_of() {
  local -A have=()
  local package status
  while read -r package status; do
    [ "$status" != installed ] || have[$package]=1
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    [ -n "${have[$package]:-}" ] || printf '%s\n' "$package"
  done
}

# From here to restore_policy Debian's maintainer scripts start nothing. A policy of the user's own that already
# refuses is left alone; any other is kept aside and comes back, also after a set-up that was killed half way.
refuse_starts() {
  restore_policy
  if [ -e "$policy" ] || [ -L "$policy" ]; then
    local answer=0
    "$policy" etcd start >/dev/null 2>&1 || answer=$?
    [ "$answer" != 101 ] || return 0
    mv "$policy" "$policy_saved"
  fi
  printf '#!/bin/sh\n# %s\nexit 101\n' "$policy_mark" >"$policy"
  chmod 755 "$policy"
}

restore_policy() {
  if grep -qsF "$policy_mark" "$policy"; then rm -f "$policy"; fi
  if [ -e "$policy_saved" ] || [ -L "$policy_saved" ]; then mv "$policy_saved" "$policy"; fi
}

# Debian makes and enables a cluster of its own when PostgreSQL's server is installed for the first time.
refuse_main_cluster() {
  made_dropin_dir=
  [ -d "${cluster_dropin%/*}" ] || made_dropin_dir=1
  mkdir -p "${cluster_dropin%/*}"
  printf '# for the duration of the set-up of paws-engine only\ncreate_main_cluster = false\n' >"$cluster_dropin"
}

restore_main_cluster() {
  rm -f "$cluster_dropin"
  [ -z "${made_dropin_dir:-}" ] || rmdir "${cluster_dropin%/*}" 2>/dev/null || true
}

restore_all() { restore_policy; restore_main_cluster; }

# apt-get with its output in $log and one line of progress per ten percent on stdout.
quiet_apt() {
  apt-get -y -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    --no-install-recommends "$@" </dev/null 2>&1 | tee -a "$log" | awk '
      / newly installed/ { for (i = 1; i < NF; i++) if ($(i + 1) == "newly") total = 2 * $i }
      /^(Unpacking|Setting up) / && total > 0 {
        done++; percent = int(10 * done / total) * 10
        if (percent > 100) percent = 100
        if (percent > shown) { shown = percent; print "set-up: installing, " percent " %"; fflush() }
      }'
}

# Also where no systemd runs (yet): its links and those of the old init scripts are there all the same.
keep_from_boot() {
  local unit
  for unit in "$@"; do
    [ "$unit" != "${unit%.*}" ] || unit=$unit.service
    if command -v systemctl >/dev/null; then
      systemctl disable "$unit" || return
    else
      [ ! -e "/etc/init.d/${unit%.service}" ] || update-rc.d "${unit%.service}" disable || return
      # It works for dpkg's scripts only, unless it is told that it does.
      DPKG_MAINTSCRIPT_PACKAGE=paws-engine deb-systemd-helper disable "$unit" || return
    fi
  done
}

# Runs as root. Arguments: the packages to install.
install_packages() {
  log=$(mktemp /tmp/paws-engine-setup.XXXXXX.log)
  trap restore_all EXIT
  trap 'exit 130' INT TERM HUP
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
  local units_before=() package
  mapfile -t units_before < <(missing_of "${!unit_of[@]}")

  say "asking for the package lists"
  quiet_apt update || fail "the package lists cannot be fetched (log: $log)" "run: apt-get update"
  refuse_starts
  missing_of postgresql-15 | grep -q . && refuse_main_cluster
  say "installing: $*"
  quiet_apt install "$@" || {
    tail -n 20 "$log" >&2
    fail "packages could not be installed (log: $log)" "run: apt-get install $*"
  }
  restore_all

  # Only what this run brought is kept from starting at boot.
  for package in "${units_before[@]}"; do
    [ -z "$(missing_of "$package")" ] || continue
    # shellcheck disable=SC2086  # each unit is a word
    keep_from_boot ${unit_of[$package]} >>"$log" 2>&1 ||
      say "could not keep ${unit_of[$package]} from starting at boot"
  done
  local left
  left=$(missing_of "$@")
  [ -z "$left" ] || fail "still missing: ${left//$'\n'/ }" "see $log"
  say "done (log: $log)"
}

main() {
  if [ "${1:-}" = --install ]; then
    shift
    install_packages "$@"
    return
  fi
  [ $# -gt 0 ] || set -- run build
  local wanted=() group missing=()
  for group in "$@"; do
    case $group in
      run) wanted+=("${group_run[@]}") ;;
      apps)
        wanted+=("${group_apps[@]}")
        if ! command -v node >/dev/null || ! command -v npm >/dev/null; then wanted+=("${group_node[@]}"); fi
        ;;
      browser) wanted+=("${group_browser[@]}") ;;
      monitor) wanted+=("${group_monitor[@]}") ;;
      build) wanted+=("${group_build[@]}") ;;
      test) wanted+=("${group_test[@]}") ;;
      containers) wanted+=("${group_containers[@]}") ;;
      bench) wanted+=("${group_bench[@]}") ;;
      lint) wanted+=("${group_lint[@]}") ;;
      fuzz) wanted+=("${group_fuzz[@]}") ;;
      *) fail "no such group: $group" "use: run apps browser monitor build test containers bench lint fuzz" ;;
    esac
  done
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this set-up knows Debian 12 only" "install the equivalents of: ${wanted[*]}"
  fi
  # Two at once: the second one waits, and finds what the first one has installed.
  exec 9<"${BASH_SOURCE[0]}"
  flock 9
  mapfile -t missing < <(missing_of "${wanted[@]}")
  if [ ${#missing[@]} -eq 0 ]; then
    say "nothing to do"
    return
  fi
  if [ "$(id -u)" = 0 ]; then
    install_packages "${missing[@]}"
  elif command -v sudo >/dev/null; then
    # A password may be asked for on a terminal only.
    local asking=(sudo)
    [ -t 0 ] || asking=(sudo -n)
    "${asking[@]}" bash "${BASH_SOURCE[0]}" --install "${missing[@]}" || exit $?
  else
    fail "not installed: ${missing[*]}" "as root, run: apt-get install ${missing[*]}"
  fi
}

main "$@"

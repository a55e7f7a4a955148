#!/bin/bash
# The yardstick for a start without containers: the daemons of the default topology brought up from empty disks by a
# script that knows everything in advance, checks only what it must wait for, and supervises nothing. No HAProxy.
# Prints "<milestone> <milliseconds since the start> ms", then ends what it started, by process group.
#   NET=127.36.9      first three numbers of the addresses
#   TTL=30 LOOP=10    Patroni's timing in seconds, as in the topology
#   WAKE=1            wake the leader's loop as the engine does; WAKE= leaves it alone
set -u
NET=${NET:-127.36.9} TTL=${TTL:-30} LOOP=${LOOP:-10} WAKE=${WAKE-1}
programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)
place=$(mktemp -d /tmp/paws-floor-XXXXXX)
chmod 755 "$place"
groups=()
exec {never}<> <(:)

begin() { setsid "$@" & groups+=($!); }
milestone() { printf '%-24s %6d ms\n' "$1" $(($(date +%s%3N) - t0)); }
# Waits for a condition of the outside world; nothing will ever be read here, so this is 20 ms between two looks.
await() { until "$@" >/dev/null 2>&1; do read -rt 0.02 -u "$never"; done; }

alive() { kill -0 -- "-$1" 2>/dev/null; }
all_gone() { for group in "${groups[@]}"; do ! alive "$group" || return 1; done; }
finish() {
  local tries group
  for group in "${groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null; done
  for ((tries = 0; tries < 150; tries++)); do
    all_gone && break
    read -rt 0.02 -u "$never"
  done
  for group in "${groups[@]}"; do kill -KILL -- "-$group" 2>/dev/null; done
  # Patroni's postmasters stand in sessions of their own.
  for group in "$place"/pg*/data/postmaster.pid; do
    [ -e "$group" ] && kill -QUIT "$(head -n 1 "$group")" 2>/dev/null
  done
  wait 2>/dev/null
  rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM

etcd_peers=etcd1=http://$NET.11:2380,etcd2=http://$NET.12:2380,etcd3=http://$NET.13:2380
etcd_clients=$NET.11:2379,$NET.12:2379,$NET.13:2379

start_etcd() {
  local here=http://$NET.1$1
  begin etcd --name "etcd$1" --data-dir "$place/etcd$1" --initial-cluster "$etcd_peers" --initial-cluster-state new \
    --listen-client-urls "$here:2379" --advertise-client-urls "$here:2379" \
    --listen-peer-urls "$here:2380" --initial-advertise-peer-urls "$here:2380" >"$place/etcd$1.log" 2>&1
}

start_redis() {
  local here=$NET.3$1 follow=()
  [ "$1" = 1 ] || follow=(--replicaof "$NET.31" 6379)
  begin redis-server --bind "$here" --port 6379 --replica-announce-ip "$here" --protected-mode no --save '' \
    --repl-diskless-sync-max-replicas 2 --dir "$place" "${follow[@]}" >"$place/redis$1.log" 2>&1
}

start_sentinel() {
  printf '%s\n' "bind $NET.4$1" "port 26379" "protected-mode no" "sentinel announce-ip $NET.4$1" \
    "sentinel monitor mymaster $NET.31 6379 2" "sentinel down-after-milliseconds mymaster 5000" \
    "sentinel failover-timeout mymaster 10000" >"$place/sentinel$1.conf"
  begin redis-server "$place/sentinel$1.conf" --sentinel >"$place/sentinel$1.log" 2>&1
}

configure_patroni() {
  local home=$place/pg$1 here=$NET.2$1
  install -d -m 700 "$home"
  [ "$(id -u)" != 0 ] || chown postgres: "$home"
  cat >"$place/patroni$1.yml" <<YAML
scope: floor
name: patroni$1
restapi: { listen: "$here:8008", connect_address: "$here:8008" }
etcd3: { hosts: "$etcd_clients" }
bootstrap:
  dcs:
    ttl: $TTL
    loop_wait: $LOOP
    retry_timeout: $((LOOP < 10 ? LOOP : 10))
    synchronous_mode: true
    postgresql: { use_pg_rewind: true, parameters: { max_connections: 100 } }
  initdb: [{ encoding: UTF8 }, data-checksums, { auth-host: scram-sha-256 }, { auth-local: trust }]
  pg_hba: ["host replication replicator all scram-sha-256", "host all all all scram-sha-256"]
postgresql:
  listen: "$here:5432"
  connect_address: "$here:5432"
  data_dir: $home/data
  bin_dir: $programs
  pgpass: $home/pgpass
  basebackup: [{ checkpoint: fast }]
  parameters: { unix_socket_directories: $home }
  authentication:
    superuser: { username: postgres, password: pw }
    replication: { username: replicator, password: pw }
    rewind: { username: rewinder, password: pw }
YAML
}

start_patroni() {
  local user=()
  [ "$(id -u)" != 0 ] || user=(setpriv --reuid postgres --regid postgres --clear-groups)
  begin "${user[@]}" patroni "$place/patroni$1.yml" >"$place/patroni$1.log" 2>&1
}

etcd_has_quorum() { curl -sf "http://$NET.11:2379/health" | grep -q true; }
redis_replicas_online() { [ "$(redis-cli -h "$NET.31" info replication | grep -c state=online)" = 2 ]; }
members() { curl -s "http://$NET.21:8008/cluster" | jq -se ".[0].members | $1"; }
leader_runs() { members 'any(.role == "leader" and .state == "running")'; }
three_registered() { members 'length == 3'; }
three_running() { members '[.[] | select(.state == "running" or .state == "streaming")] | length == 3'; }
two_stream() {
  [ "$(PGPASSWORD=pw psql -h "$leader" -U postgres -d postgres -Atqc "select count(*) from pg_stat_replication
    where state = 'streaming' and application_name like 'patroni%'")" = 2 ]
}
has_sync_standby() { curl -s "http://$NET.21:8008/cluster" | grep -q sync_standby; }
sentinel_complete() { redis-cli -h "$NET.4$1" -p 26379 info sentinel | grep -q slaves=2,sentinels=3; }
# A PATCH that changes nothing: Patroni makes slots and picks its standby only in its own loop, and this wakes it.
wake_leader() {
  [ -z "$WAKE" ] || curl -s -o /dev/null -X PATCH -d "{\"ttl\": $TTL}" "http://$leader:8008/config"
}

t0=$(date +%s%3N)
for i in 1 2 3; do start_etcd $i; done
for i in 1 2 3; do start_redis $i; done
for i in 1 2 3; do configure_patroni $i; done
await etcd_has_quorum; milestone "etcd quorum"
for i in 1 2 3; do start_patroni $i; done
# A Sentinel asks the master for its replicas at once and then every 10 s only.
await redis_replicas_online; milestone "redis replicas online"
for i in 1 2 3; do start_sentinel $i; done
await leader_runs; milestone "patroni leader"
leader=$(members '.[] | select(.role == "leader").host' | tr -d '"')
await three_registered; wake_leader; milestone "members registered"
await three_running; milestone "3 members running"
await two_stream; wake_leader; milestone "2 replicas streaming"
await has_sync_standby; milestone "failover-ready"
for i in 1 2 3; do await sentinel_complete $i; done; milestone "all ready"

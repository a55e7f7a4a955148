#!/bin/bash
# The yardstick for a start on Docker: the daemons of the default topology in containers of the project's own images,
# all created up front, brought up from nothing by a script that knows everything in advance, checks only what it must
# wait for, and supervises nothing. No HAProxy, no TLS.
# Prints "<milestone> <milliseconds since the start> ms", then removes what it created.
#   NAME=pawsfloor1   prefix of everything that it makes
#   TTL=30 LOOP=10    Patroni's timing in seconds, as in the topology
#   WAKE=1            wake the leader's loop as the engine does; WAKE= leaves it alone
#   HOLD=1            before it removes anything, wait until standard input ends
set -u
NAME=${NAME:-pawsfloor$$} TTL=${TTL:-30} LOOP=${LOOP:-10} WAKE=${WAKE-1} HOLD=${HOLD-}
tag=bookworm
place=$(mktemp -d /tmp/paws-floor-XXXXXX)
chmod 755 "$place"
exec {never}<> <(:)

milestone() { printf '%-24s %6d ms\n' "$1" $(($(date +%s%3N) - t0)); }
# Nothing will ever be read here, so this is 20 ms between two looks.
await() { until "$@" >/dev/null 2>&1; do read -rt 0.02 -u "$never"; done; }

finish() {
  docker ps -aq --filter "label=floor=$NAME" | xargs -r docker rm -fv >/dev/null
  docker network rm "$NAME" >/dev/null
  rm -rf "$place"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

for i in 1 2 3; do cat >"$place/patroni$i.yml" <<CONFIG
scope: floor
name: patroni$i
restapi: {listen: "0.0.0.0:8008", connect_address: "patroni$i:8008"}
etcd3: {hosts: "etcd1:2379,etcd2:2379,etcd3:2379"}
bootstrap:
  dcs:
    {ttl: $TTL, loop_wait: $LOOP, retry_timeout: $((LOOP < 10 ? LOOP : 10)), synchronous_mode: true,
     postgresql: {use_pg_rewind: true, parameters: {max_connections: 100}}}
  initdb: [{encoding: UTF8}, data-checksums, {auth-host: scram-sha-256}, {auth-local: trust}]
  pg_hba: ["host replication replicator all scram-sha-256", "host all all all scram-sha-256"]
postgresql:
  listen: "0.0.0.0:5432"
  connect_address: "patroni$i:5432"
  data_dir: /tmp/pg/data
  bin_dir: /usr/lib/postgresql/15/bin
  pgpass: /tmp/pgpass
  parameters: {unix_socket_directories: /tmp}
  basebackup: [{checkpoint: fast}]
  authentication:
    superuser: {username: postgres, password: pw}
    replication: {username: replicator, password: pw}
    rewind: {username: rewinder, password: pw}
CONFIG
done

t0=$(date +%s%3N)
docker network create --label "floor=$NAME" "$NAME" >/dev/null
create() {
  local name=$1
  shift
  docker create --label "floor=$NAME" --name "$NAME-$name" --hostname "$name" --network "$NAME" --network-alias "$name" \
    "$@" >/dev/null
}
members=etcd1=http://etcd1:2380,etcd2=http://etcd2:2380,etcd3=http://etcd3:2380
sentinel='printf "sentinel resolve-hostnames yes\nsentinel monitor mymaster redis1 6379 2
sentinel down-after-milliseconds mymaster 5000\nsentinel failover-timeout mymaster 10000\nprotected-mode no\n" \
  >/tmp/s.conf; exec redis-sentinel /tmp/s.conf'
for i in 1 2 3; do
  create "etcd$i" "paws360/etcd:$tag" etcd --name "etcd$i" --data-dir /tmp/etcd \
    --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls "http://etcd$i:2379" \
    --listen-peer-urls http://0.0.0.0:2380 --initial-advertise-peer-urls "http://etcd$i:2380" \
    --initial-cluster "$members" --initial-cluster-state new &
  replica=()
  [ "$i" = 1 ] || replica=(--replicaof redis1 6379)
  create "redis$i" --workdir /tmp "paws360/redis:$tag" redis-server --save '' --protected-mode no \
    --repl-diskless-sync-max-replicas 2 "${replica[@]}" &
  create "sentinel$i" --workdir /tmp "paws360/redis:$tag" sh -c "$sentinel" &
  create "patroni$i" -v "$place/patroni$i.yml:/etc/patroni.yml:ro" "paws360/patroni:$tag" \
    sh -c 'mkdir -m 700 /tmp/pg; exec patroni /etc/patroni.yml' &
done
wait
milestone created

start() { for name in "$@"; do docker start "$NAME-$name" >/dev/null & done; wait; }
address() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$NAME-$1"; }
cluster_says() { curl -s "http://$patroni:8008/cluster" | jq -se ".[0] | $1"; }
wake() { [ -z "$WAKE" ] || curl -s -o /dev/null -X PATCH -d "{\"ttl\": $TTL}" "http://$leader_at:8008/config"; }
etcd_answers() { curl -sf "http://$etcd:2379/health" | grep -q true; }
both_stream() {
  [ "$(PGPASSWORD=pw psql -h "$leader_at" -U postgres -d postgres -Atqc "select count(*) from pg_stat_replication
    where state = 'streaming' and application_name like 'patroni%'")" = 2 ]
}
sentinel_knows_all() {
  docker exec "$NAME-sentinel$1" redis-cli -p 26379 info sentinel | grep -q 'slaves=2,sentinels=3'
}

start etcd1 etcd2 etcd3
start redis1 redis2 redis3
etcd=$(address etcd1)
await etcd_answers
milestone "etcd quorum"
start patroni1 patroni2 patroni3
start sentinel1 sentinel2 sentinel3
patroni=$(address patroni1)
await cluster_says '.members | any(.role == "leader" and .state == "running")'
milestone "patroni leader"
leader=$(curl -s "http://$patroni:8008/cluster" | jq -r '.members[] | select(.role == "leader").name')
leader_at=$(address "$leader")
await cluster_says '.members | length == 3'
wake
milestone "members registered"
await cluster_says '[.members[] | select(.state == "running" or .state == "streaming")] | length == 3'
milestone "3 members running"
await both_stream
wake
milestone "2 replicas streaming"
await cluster_says '.members | any(.role == "sync_standby")'
milestone "failover-ready"
for i in 1 2 3; do await sentinel_knows_all "$i"; done
milestone "all ready"
[ -z "$HOLD" ] || cat >/dev/null

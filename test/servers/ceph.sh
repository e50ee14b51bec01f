#!/usr/bin/env bash
# A Ceph cluster for tests: one monitor, one OSD and RADOS gateways (S3) on loopback, without systemd or cephx.
#
#   ceph.sh run DIR RGW_PORT MON_PORT     start, print one line "ready", stay until told to end, then take all down
#   ceph.sh gateway DIR RGW_PORT [MAX]    one more gateway in the foreground; MAX: 503 SlowDown beyond MAX requests
#
#   STORE=memstore|bluestore   memstore (default) lives in the OSD's memory: fast, gone with the process
#   OSD_BYTES                  what the OSD holds at most (4 GiB); neither store takes it before it is needed
#   CEPH_KEY, CEPH_SECRET      credentials of the one S3 user
#
# Clusters with their own DIR and ports (MON_PORT and the one after it) do not know of each other. `run` ends when
# its standard input closes, or on SIGTERM: so a test that crashes takes its cluster along. Daemons are also told to die
# with their parent, should that be killed. DIR goes, too, unless KEEP=1 is set (for its logs).
set -euo pipefail

DIR=${2:?directory}
PORT=${3:?gateway port}
CONF=$DIR/ceph.conf
STORE=${STORE:-memstore}
OSD_BYTES=${OSD_BYTES:-4294967296}
KEY=${CEPH_KEY:-bucketcasttestkey000}
SECRET=${CEPH_SECRET:-bucketcasttestsecret00000000000000000000}

# No replication, no authentication between daemons, one placement group where Ceph lets us: it has to start fast.
# Gateways tell each other of new buckets, and one that was killed holds that up until its watch times out: 30 s by
# default, here 4 (with the ticks that renew the watches of the living).
configure() {
  mkdir -p "$DIR"/{run,log,mon,osd}
  cat >"$CONF" <<EOF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$MON_PORT/0,v1:127.0.0.1:$((MON_PORT + 1))/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc secure
ms client mode = crc secure
keyring = /dev/null
run dir = $DIR/run
admin socket = $DIR/run/\$name.\$pid.asok
log file = $DIR/log/\$name.log
mon cluster log file = $DIR/log/cluster.log
crash dir = $DIR/log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
[mon]
mon data = $DIR/mon
mon data avail warn = 2
mon data avail crit = 1
paxos propose interval = 0.02
paxos min wait = 0.01
[osd]
osd data = $DIR/osd
osd objectstore = $STORE
osd class load list = *
osd class default list = *
memstore device bytes = $OSD_BYTES
bluestore block size = $OSD_BYTES
bluestore block create = true
bluestore cache autotune = false
bluestore cache size = 134217728
osd memory target = 939524096
osd heartbeat grace = 60
osd client watch timeout = 4
osd scrub load threshold = 0.01
[client]
objecter tick interval = 1
rgw dns name = s3.localhost
rgw thread pool size = 64
rgw num control oids = 1
rgw override bucket index max shards = 1
rgw dynamic resharding = false
rgw data log num shards = 1
rgw md log max shards = 1
rgw gc max objs = 1
rgw lc max objs = 1
rgw objexp hints num shards = 1
rgw lc debug interval = ${RGW_LC_DEBUG:--1}
rgw enable usage log = false
rgw enable ops log = false
EOF
}

gateway() { # port, then options; the frontend is given here because each gateway has its own port
  local port=$1
  shift
  exec setpriv --pdeathsig KILL radosgw -c "$CONF" -n client.rgw --rgw_frontends="beast endpoint=127.0.0.1:$port tcp_nodelay=1" "$@" -f
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Ends all that was started and takes DIR away: nothing in it is worth a clean shutdown, and a kill cannot hang.
end() {
  trap - EXIT TERM INT
  for pid in $(jobs -p); do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ -n "${KEEP:-}" ] || rm -rf "$DIR"
}

run() {
  configure
  trap end EXIT
  trap 'exit 0' TERM INT
  local fsid
  fsid=$(awk '/^fsid/ { print $3 }' "$CONF")
  monmaptool --create --clobber --fsid "$fsid" --addv a "[v2:127.0.0.1:$MON_PORT,v1:127.0.0.1:$((MON_PORT + 1))]" "$DIR/monmap" >/dev/null
  ceph-mon -c "$CONF" -i a --mkfs --monmap "$DIR/monmap" >"$DIR/log/mon.mkfs" 2>&1
  setpriv --pdeathsig KILL ceph-mon -c "$CONF" -i a -f >"$DIR/log/mon.out" 2>&1 &
  local uuid
  uuid=$(cat /proc/sys/kernel/random/uuid)
  timeout 30 ceph -c "$CONF" --connect-timeout 20 osd new "$uuid" 0 >/dev/null
  ceph-osd -c "$CONF" -i 0 --mkfs --osd-uuid "$uuid" --no-mon-config >"$DIR/log/osd.mkfs" 2>&1
  setpriv --pdeathsig KILL ceph-osd -c "$CONF" -i 0 -f >"$DIR/log/osd.out" 2>&1 &
  # Waits for the OSD and makes the gateway's pools on its way.
  timeout 60 radosgw-admin -c "$CONF" user create --uid=test --display-name=test \
    --access-key="$KEY" --secret-key="$SECRET" >"$DIR/log/user.json" 2>"$DIR/log/user.err"
  gateway "$PORT" >"$DIR/log/rgw.out" 2>&1 &
  local rgw=$!
  echo "$rgw" >"$DIR/run/rgw.pid"
  until listening "$PORT"; do
    kill -0 "$rgw" || { tail -n 5 "$DIR/log/rgw.out" >&2; exit 1; }
    sleep 0.02
  done
  echo ready
  # Until the caller closes our standard input, which also happens when it dies. Waited for in the background, since a
  # trap would let a command in the foreground finish first.
  cat <&0 >/dev/null &
  wait $!
}

case $1 in
  run)
    MON_PORT=${4:?monitor port}
    run
    ;;
  gateway)
    if [ -n "${4:-}" ]; then
      gateway "$PORT" --rgw_scheduler_type=throttler --rgw_max_concurrent_requests="$4"
    fi
    gateway "$PORT"
    ;;
  *)
    sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

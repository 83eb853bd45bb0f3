#!/usr/bin/env bash
# A real object store for tests: Ceph's RADOS gateway over one monitor and one in-memory OSD, all in one directory.
#
#   rgw.sh start DIRECTORY     starts it; prints the endpoint. Keys: portarium-access, portarium-secret (and other-access, other-secret)
#   rgw.sh close DIRECTORY     stops the gateway only; rgw.sh open DIRECTORY starts it again, with everything that is stored
#   rgw.sh stop DIRECTORY      stops what start started, by its pid files
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail

verb=${1:?} directory=${2:?}
export CEPH_CONF=$directory/ceph.conf

free_port()
{
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# until_true SECONDS COMMAND …: asks again until it succeeds.
until_true()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { printf 'rgw.sh: not in time: %s\n' "$*" >&2; return 1; }
        sleep 0.2
    done
}

write_configuration()
{
    cat >"$CEPH_CONF" <<CONF
[global]
fsid = $1
mon_initial_members = a
mon_host = [v2:127.0.0.1:$2,v1:127.0.0.1:$3]
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_client_mode = crc
ms_service_mode = crc
ms_cluster_mode = crc
mon_allow_pool_size_one = true
mon_data_avail_crit = 1
osd_pool_default_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_class_load_list = *
mon_data = $directory/mon
osd_data = $directory/osd
pid_file = $directory/\$name.pid
admin_socket = $directory/\$name.sock
log_file = $directory/\$name.log
run_dir = $directory
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$4
rgw_thread_pool_size = 8
rgw_init_timeout = 60
rgw_data = $directory/rgw
CONF
}

start_cluster()
{
    local fsid=$1 v2=$2 v1=$3 osd
    monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$v2,v1:127.0.0.1:$v1]" "$directory/monmap"
    ceph-mon --mkfs -i a --monmap "$directory/monmap"
    ceph-mon -i a
    until_true 30 timeout 5 ceph status
    osd=$(cat /proc/sys/kernel/random/uuid)
    ceph osd new "$osd"
    ceph-osd --mkfs -i 0 --osd-uuid "$osd"
    ceph osd crush add osd.0 1.0 root=default
    ceph-osd -i 0
}

start()
{
    local fsid v2 v1 port user
    mkdir -p "$directory/mon" "$directory/osd" "$directory/rgw"
    fsid=$(cat /proc/sys/kernel/random/uuid)
    v2=$(free_port) v1=$(free_port) port=$(free_port)
    write_configuration "$fsid" "$v2" "$v1" "$port"
    start_cluster "$fsid" "$v2" "$v1" >"$directory/start.log" 2>&1
    open
    for user in portarium other; do
        radosgw-admin user create --uid "$user" --display-name "$user" --access-key "$user-access" --secret-key "$user-secret" \
            >>"$directory/start.log" 2>&1
    done
    printf 'http://127.0.0.1:%s\n' "$port"
}

open()
{
    local port
    port=$(sed -n 's/^rgw_frontends.*127\.0\.0\.1:\([0-9]*\)$/\1/p' "$CEPH_CONF")
    radosgw -n client.rgw >>"$directory/start.log" 2>&1
    until_true 60 curl -sf "http://127.0.0.1:$port/"
}

# end_daemons PIDFILE …
end_daemons()
{
    local file pid
    for file in "$@"; do
        [ -s "$file" ] || continue
        pid=$(cat "$file")
        kill -9 "$pid" 2>/dev/null || true
        until_true 10 test ! -e "/proc/$pid"
        rm -f "$file"
    done
}

case $verb in
    start) start || { tail -n 20 "$directory/start.log" >&2; end_daemons "$directory"/*.pid; exit 1; } ;;
    close) end_daemons "$directory/client.rgw.pid" ;;
    open) open ;;
    stop) end_daemons "$directory"/*.pid ;;
    *) printf 'usage: rgw.sh start|close|open|stop DIRECTORY\n' >&2; exit 2 ;;
esac

#!/bin/sh
# host.sh FOLDER NAME UUID: a libvirtd that takes itself for a host of its own, started again whenever it dies.
#
# Runs in mount, UTS and PID namespaces of its own (unshare), on an overlay over / whose upper layer is in memory.
# What migrates goes over UNIX sockets in FOLDER/.. , which all such hosts share.
set -e
folder=$1 name=$2 uuid=$3
shared=$(dirname "$folder") layer=$folder/layer root=$folder/layer/root

mount --make-rprivate /
hostname "$name"
mkdir -p "$layer" "$folder/sock"
mount -t tmpfs tmpfs "$layer"
mkdir -p "$layer/up" "$layer/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/up,workdir=$layer/work" "$root"
mkdir -p "$root/run" "$root/dev" "$root/proc" "$root/sys" "$root$shared"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount --bind "$shared" "$root$shared"

mkdir -p "$root/etc/libvirt"
printf '127.0.0.1 localhost\n127.0.1.1 host-a\n127.0.1.2 host-b\n' > "$root/etc/hosts"
cat > "$root/etc/libvirt/libvirtd.conf" <<CONF
host_uuid = "$uuid"
unix_sock_dir = "$folder/sock"
auth_unix_rw = "none"
auth_unix_ro = "none"
CONF
cat > "$root/etc/libvirt/qemu.conf" <<CONF
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
remember_owner = 0
user = "root"
group = "root"
CONF
while :; do
	chroot "$root" /usr/sbin/libvirtd --config /etc/libvirt/libvirtd.conf || true
	sleep 0.2
done

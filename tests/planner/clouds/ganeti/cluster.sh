#!/bin/sh
# A cluster of three virtual nodes with Ganeti's fake hypervisor, which can migrate; in namespaces of its own
# (mounts, host name, network, processes): usage: unshare -m --uts -n --pid --fork cluster.sh FOLDER
#
# It follows the page "Virtual clusters" of Ganeti's manual (design-virtual-clusters) and what vcluster-setup prints.
set -eu
home=$1
cluster=$home/cluster

mount --make-rprivate /
mount -t proc proc /proc
hostname node1
ip link set lo up
for octet in 10 11 12; do ip addr add 192.0.2.$octet/32 dev lo; done

# Names without a name server, and no waiting for one.
{
  echo "127.0.0.1 localhost"
  echo "192.0.2.1 cluster"
  for number in 1 2 3; do echo "192.0.2.$((number + 9)) node$number"; done
} > "$home/hosts"
: > "$home/resolv.conf"
mount --bind "$home/hosts" /etc/hosts
mount --bind "$home/resolv.conf" /etc/resolv.conf

# Node 1 sets the others up over ssh, with keys of this cluster alone.
mkdir -m 700 "$home/ssh"
ssh-keygen -q -t ed25519 -N '' -f "$home/ssh/id_ed25519"
ssh-keygen -q -t ed25519 -N '' -f "$home/ssh/host_key"
cp "$home/ssh/id_ed25519.pub" "$home/ssh/authorized_keys"
mkdir -p /root/.ssh /run/sshd
mount --bind "$home/ssh" /root/.ssh
/usr/sbin/sshd -f /dev/null -h "$home/ssh/host_key" -o UseDNS=no -o StrictModes=no -o PermitRootLogin=yes

# An operating system that installs nothing.
mkdir -p "$home/os/noop" /srv/ganeti/os
echo 20 > "$home/os/noop/ganeti_api_version"
echo default > "$home/os/noop/variants.list"
: > "$home/os/noop/parameters.list"
for script in create import export rename verify; do
  printf '#!/bin/sh\nexit 0\n' > "$home/os/noop/$script"
  chmod +x "$home/os/noop/$script"
done
mount --bind "$home/os" /srv/ganeti/os

mkdir "$cluster"
/usr/lib/ganeti/tools/vcluster-setup -c 3 -i 0 -E -N "$cluster"
cd "$cluster"
bounds="min:disk-size=0,cpu-count=1,disk-count=0,memory-size=1,nic-count=0,spindle-use=0"
bounds="$bounds/max:disk-size=1048576,cpu-count=8,disk-count=16,memory-size=32768,nic-count=8,spindle-use=12"
node1/cmd gnt-cluster init --no-etc-hosts --no-ssh-init --master-netdev=lo --enabled-disk-templates=diskless \
  --enabled-hypervisors=fake "--ipolicy-bounds-specs=$bounds" cluster
for node in node2 node3; do node1/cmd gnt-node add --no-ssh-key-check $node < /dev/null; done
{
  echo "planner right-password write"
  echo "reader right-password read"
} > node1/var/lib/ganeti/rapi/users
cp node1/var/lib/ganeti/rapi.pem "$home/rapi.pem"
touch "$home/ready"
sleep infinity

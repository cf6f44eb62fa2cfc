#!/bin/sh
# clean.sh UID[,UID...] [PACKAGE...] runs in an image's last stage, as root: installs the Debian packages
# that are named, gives the users that the image may run as names (ssh refuses to run for one without),
# then takes away what only builds need and whatever the base image brought of it.
set -eu
export DEBIAN_FRONTEND=noninteractive
users=$1
shift
name=plumbline
for user in $(echo "$users" | tr , ' '); do
  echo "$name:x:$user:$user::/tmp:/usr/sbin/nologin" >>/etc/passwd
  echo "$name:x:$user:" >>/etc/group
  name=plumbline-sidecars
done
if [ $# -gt 0 ]; then
  apt-get -q update
  apt-get -q install -y --no-install-recommends "$@"
fi
# Debian's own pip, setuptools and ensurepip wheels, by the names that are really installed.
builders=$(dpkg-query -W -f '${Package}\n' |
  grep -E '^(python3(\.[0-9]+)?-venv|python3-(pip|setuptools|pkg-resources|wheel)(-whl)?)$' || true)
# shellcheck disable=SC2086 # one argument per package
[ -z "$builders" ] || dpkg --purge $builders
# The same of python.org's layout, as in the public base image.
for library in /usr/local/lib/python3* /usr/lib/python3*; do
  rm -rf "$library/ensurepip" "$library/idlelib" "$library/turtledemo" "$library/site-packages"
done
rm -f /usr/local/bin/pip* /usr/local/bin/idle* /usr/local/bin/*-config /etc/pip.conf
rm -rf /usr/local/include ~root/.cache
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt \
  /var/log/dpkg.log /var/log/alternatives.log /var/lib/dpkg/status-old
# Nothing here changes its user.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
rm -- "$0"

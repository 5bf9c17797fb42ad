#!/bin/sh
# Makes the secrets of a gateway on a Redis of its own, once: secrets.sh [DIR], else secrets/ beside this
# file. redis_url is for the nodes, redis.acl for Redis: the same password, there only as a hash, with
# what the nodes may do (docs/OPERATIONS.md). cluster_secret seals the master key: back it up.
set -eu
umask 077
dir="${1:-$(dirname "$0")/secrets}"
if [ -e "$dir/redis_url" ]; then
    printf '%s\n' "secrets.sh: $dir/redis_url is there already: remove it first to change the password" >&2
    exit 1
fi
mkdir -p "$dir"
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
password="$(random)"
hash="$(printf '%s' "$password" | sha256sum | cut -d ' ' -f 1)"
rights='~tb:* ~{tb:* &tb:* +@read +@write +@connection -@dangerous +eval +evalsha +script|load +publish +subscribe +unsubscribe +time +wait +info +role +config|get +cluster|slots +cluster|shards +cluster|nodes'
# Strangers may ask whether it is up: that is all a health check needs.
printf 'user default reset on nopass +ping\nuser tillbell on #%s %s\n' "$hash" "$rights" >"$dir/redis.acl"
printf 'redis://tillbell:%s@redis:6379\n' "$password" >"$dir/redis_url"
# Another would not open the key that is sealed with the present one.
[ -e "$dir/cluster_secret" ] || printf '%s\n' "$(random)" >"$dir/cluster_secret"
# Containers read them as users of their own; the folder keeps this machine's others out.
chmod 644 "$dir/redis_url" "$dir/redis.acl" "$dir/cluster_secret"

#!/bin/sh
# Makes the password of a Redis of our own, once: redis_url for the nodes, redis.acl for Redis, which
# holds only its hash. secrets.sh [DIR]; else secrets/ beside this file. Beside the password
# stands what this gateway may do there and nothing more: see docs/OPERATIONS.md.
set -eu
umask 077
dir="${1:-$(dirname "$0")/secrets}"
if [ -e "$dir/redis_url" ]; then
    printf '%s\n' "secrets.sh: $dir/redis_url is there already: remove it first to change the password" >&2
    exit 1
fi
mkdir -p "$dir"
password="$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
hash="$(printf '%s' "$password" | sha256sum | cut -d ' ' -f 1)"
rights='~tb:* ~{tb:* &tb:* +@read +@write +@connection -@dangerous +eval +evalsha +script|load +publish +subscribe +unsubscribe +time +wait +info +role +config|get +cluster|slots +cluster|shards +cluster|nodes'
# Strangers may ask whether it is up: that is all a health check needs.
printf 'user default reset on nopass +ping\nuser tillbell on #%s %s\n' "$hash" "$rights" >"$dir/redis.acl"
printf 'redis://tillbell:%s@redis:6379\n' "$password" >"$dir/redis_url"
# Containers read them as users of their own; the folder keeps this machine's others out.
chmod 644 "$dir/redis.acl" "$dir/redis_url"

// A real Redis takes redis.conf and the users that secrets.sh makes.

import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import test from "node:test";
import { promisify } from "node:util";

const deploy = new URL("../../deploy/", import.meta.url).pathname;

/** Starts a Redis on a socket of its own; ends with the test. */
async function redis(t) {
  const dir = mkdtempSync(join(tmpdir(), "tillbell-redis-"));
  execFileSync("sh", [join(deploy, "secrets.sh"), join(dir, "secrets")]);
  const socket = join(dir, "socket");
  const own = ["--port", "0", "--unixsocket", socket, "--dir", dir];
  const acl = ["--aclfile", join(dir, "secrets/redis.acl")];
  const server = spawn("redis-server", [join(deploy, "redis.conf"), ...own, ...acl]);
  t.after(async () => {
    if (server.kill("SIGKILL")) await once(server, "exit");
    rmSync(dir, { recursive: true });
  });
  await new Promise((ready, failed) => {
    let log = "";
    server.once("error", failed);
    server.once("exit", () => failed(new Error(log)));
    server.stdout.on("data", (bytes) => {
      log += bytes;
      if (log.includes("accept connections")) ready();
    });
  });
  const url = readFileSync(join(dir, "secrets/redis_url"), "utf8").trim();
  const [, user, REDISCLI_AUTH] = url.match(/^redis:\/\/([a-z]+):([0-9a-f]{64})@redis:6379$/);
  const run = async (env, args) => {
    const { stdout } = await promisify(execFile)("redis-cli", ["-s", socket, ...args], { env });
    return stdout.trim();
  };
  const { PATH } = process.env;
  return {
    dir,
    asStranger: (...args) => run({ PATH }, args),
    asGateway: (...args) => run({ PATH, REDISCLI_AUTH }, ["--user", user, "--no-auth-warning", ...args]),
  };
}

test("Redis is as durable as declared, and evicts nothing", async (t) => {
  const { asGateway } = await redis(t);
  for (const [name, value] of [
    ["appendonly", "yes"],
    ["appendfsync", "always"],
    ["no-appendfsync-on-rewrite", "no"],
    ["maxmemory-policy", "noeviction"],
  ]) {
    assert.equal(await asGateway("CONFIG", "GET", name), `${name}\n${value}`);
  }
});

test("the gateway may do its work and nothing else, and a stranger may only ping", async (t) => {
  const { asGateway, asStranger } = await redis(t);
  const work = `redis.call('HSET', KEYS[1], 'token', 1)
    redis.call('XADD', KEYS[2], '1-0', 'entry', 1)
    return redis.call('TIME')[1]`;
  assert.match(await asGateway("EVAL", work, "2", "{tb:s:me}:channel", "{tb:s:me}:log"), /^\d+$/);
  for (const [command, answer] of [
    [["SET", "tb:lease:x", "nod", "PX", "1000", "NX"], /^OK$/],
    [["PUBLISH", "tb:x", "1"], /^0$/],
    [["WAIT", "0", "1"], /^0$/],
    [["ROLE"], /^master/],
    [["INFO", "server"], /redis_version/],
    [["GET", "other"], /^NOPERM/],
    [["PUBLISH", "other", "1"], /^NOPERM/],
    [["EVAL", "return redis.call('GET', KEYS[1])", "1", "other"], /^NOPERM/],
    [["FLUSHALL"], /^NOPERM/],
    [["CONFIG", "SET", "appendonly", "no"], /^NOPERM/],
    [["SHUTDOWN"], /^NOPERM/],
  ]) {
    assert.match(await asGateway(...command), answer, command.join(" "));
  }
  assert.equal(await asStranger("PING"), "PONG");
  assert.match(await asStranger("GET", "tb:gateway"), /^NOPERM/);
});

test("the password is not given away, and not changed by a second run", async (t) => {
  const { dir } = await redis(t);
  const secrets = join(dir, "secrets");
  assert.equal(statSync(secrets).mode & 0o777, 0o700);
  const url = () => readFileSync(join(secrets, "redis_url"), "utf8");
  const before = url();
  const [password] = before.match(/[0-9a-f]{64}/);
  assert.ok(!readFileSync(join(secrets, "redis.acl"), "utf8").includes(password));
  const again = () => execFileSync("sh", [join(deploy, "secrets.sh"), secrets], { stdio: "pipe" });
  assert.throws(again, /is there already/);
  assert.equal(url(), before);
});

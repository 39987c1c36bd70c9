// Fetches a log's checkpoint, tiles and entry bundles over HTTP.
import http from "node:http";
import https from "node:https";
import { openNote, parseCheckpoint, pathsOfLog } from "./transparency.mjs";

export function get(base, path, { token, ca } = {}) {
  const client = base.startsWith("https:") ? https : http;
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return new Promise((resolve, reject) => {
    const request = client.get(`${base}/${path}`, { headers, ca }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(parts));
        else reject(new Error(`${path}: status ${response.statusCode}`));
      });
    });
    request.on("error", reject);
    request.setTimeout(20_000, () => request.destroy(new Error(`${path}: no answer`)));
  });
}

export async function fetchLog(base, verifier, access) {
  const files = new Map();
  files.set("checkpoint", await get(base, "checkpoint", access));
  const { size } = parseCheckpoint(openNote(files.get("checkpoint"), verifier));
  for (const path of pathsOfLog(size)) files.set(path, await get(base, path, access));
  return files;
}

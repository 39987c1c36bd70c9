// node verify_log.mjs URL VERIFIER_KEY KEYS.json [--token TOKEN] [--ca FILE] [--flip] [--envelope FILE]...
//
// Fetches a log over HTTP and checks it (transparency.mjs); prints what was checked as JSON. --envelope also checks
// a DSSE envelope that was exported to a file, and that the log holds its very bytes. --flip then changes one bit at
// a time, all over what was fetched, and fails when one change goes unnoticed. Exit 0: good, 1: not, 2: usage.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { checkEnvelope, checkLog, parseKeys, parseVerifierKey, splitBundle } from "./transparency.mjs";
import { fetchLog } from "./fetch_log.mjs";

const options = {
  token: { type: "string" },
  ca: { type: "string" },
  flip: { type: "boolean" },
  envelope: { type: "string", multiple: true },
};

// Positions all over a file, and each one near its ends.
function positions(length) {
  const step = Math.max(1, Math.floor(length / 150));
  const chosen = new Set();
  for (let at = 0; at < length; at += step) chosen.add(at);
  for (let at = 0; at < Math.min(length, 16); at += 1) chosen.add(at).add(length - 1 - at);
  return chosen;
}

function flipEverywhere(files, check) {
  let flips = 0;
  for (const [path, bytes] of files) {
    for (const at of positions(bytes.length)) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1 << (at % 8);
      flips += 1;
      let noticed = false;
      try {
        check(new Map(files).set(path, changed));
      } catch {
        noticed = true;
      }
      if (!noticed) throw new Error(`nobody noticed that bit ${at % 8} of byte ${at} of ${path} was flipped`);
    }
  }
  return flips;
}

function checkExported(paths, files, size, keys) {
  const entries = [];
  for (const [path, bytes] of files) {
    if (!path.startsWith("tile/entries/")) continue;
    const partial = /\.p\/([0-9]+)$/.exec(path);
    entries.push(...splitBundle(bytes, partial ? Number(partial[1]) : 256));
  }
  for (const path of paths) {
    const envelope = readFileSync(path);
    checkEnvelope(envelope, keys);
    if (!entries.some((entry) => entry.equals(envelope))) throw new Error(`${path} is not in the log`);
  }
}

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 3) {
    console.error("usage: node verify_log.mjs URL VERIFIER_KEY KEYS.json [--token TOKEN] [--ca FILE] [--flip] [--envelope FILE]");
    process.exit(2);
  }
  const verifier = parseVerifierKey(positionals[1]);
  const keys = parseKeys(JSON.parse(readFileSync(positionals[2], "utf8")));
  const ca = values.ca ? readFileSync(values.ca) : undefined;
  const files = await fetchLog(positionals[0], verifier, { token: values.token, ca });
  const { origin, size, root, statements } = checkLog(files, verifier, keys);
  const exported = values.envelope ?? [];
  checkExported(exported, files, size, keys);
  const flips = values.flip ? flipEverywhere(files, (changed) => checkLog(changed, verifier, keys)) : 0;
  const types = new Set(statements.map((statement) => statement.predicateType));
  console.log(JSON.stringify({
    pass: true, origin, size, root: root.toString("hex"), files: files.size, envelopes: statements.length,
    exported: exported.length, predicate_types: [...types].sort(), flips,
  }));
} catch (error) {
  console.log(JSON.stringify({ pass: false, what: error.message }));
  process.exit(1);
}

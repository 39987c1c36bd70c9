// A transparency log checked from its specifications alone, with node's own crypto and nothing of the factory's code:
//   RFC 6962 section 2.1          Merkle tree, audit path
//   C2SP signed-note              checkpoint signatures
//   C2SP tlog-checkpoint          origin, size, root
//   C2SP tlog-tiles               tiles of 256 hashes, entry bundles
//   secure-systems-lab/dsse v1    envelopes around the entries
// Every function throws on the first thing that is wrong.
import { createHash, createPublicKey, verify } from "node:crypto";

const TILE = 256;

function demand(condition, message) {
  if (!condition) throw new Error(message);
}

const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export function strictBase64(text) {
  const bytes = Buffer.from(text, "base64");
  demand(bytes.toString("base64") === text, `not canonical base64: ${text.slice(0, 40)}`);
  return bytes;
}

function ed25519(raw) {
  demand(raw.length === 32, "an Ed25519 key has 32 bytes");
  const prefix = Buffer.from("302a300506032b6570032100", "hex"); // RFC 8410
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" });
}

// ---- RFC 6962 ----

export const leafHash = (leaf) => sha256(Buffer.from([0]), leaf);
export const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

// MTH of the leaf hashes.
export function treeRoot(hashes) {
  if (hashes.length === 0) return sha256(Buffer.alloc(0));
  if (hashes.length === 1) return hashes[0];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(treeRoot(hashes.slice(0, split)), treeRoot(hashes.slice(split)));
}

// RFC 9162 section 2.1.3.2, which is RFC 6962's proof checked.
export function checkInclusion(index, size, leaf, path, root) {
  demand(index < size, "the index is not below the size");
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    demand(sn > 0, "the proof is too long");
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  demand(sn === 0, "the proof is too short");
  demand(hash.equals(root), `entry ${index} is not in the tree`);
}

// ---- signed notes and checkpoints ----

// "<name>+<hex id>+<base64 of type and key>"
export function parseVerifierKey(text) {
  const [name, id, ...rest] = text.split("+");
  const material = strictBase64(rest.join("+"));
  demand(material[0] === 1, "the verifier key is no Ed25519 key");
  const wanted = sha256(Buffer.from(`${name}\n`), material).subarray(0, 4);
  demand(wanted.toString("hex") === id, "the verifier key's id is not its own");
  return { name, id: wanted, key: ed25519(material.subarray(1)) };
}

export function openNote(bytes, verifier) {
  const note = bytes.toString("utf8");
  demand(Buffer.from(note, "utf8").equals(bytes), "the note is not UTF-8");
  const split = note.lastIndexOf("\n\n");
  demand(split >= 0 && note.endsWith("\n"), "the note has no signatures");
  const text = note.slice(0, split + 1);
  let good = 0;
  for (const line of note.slice(split + 2, -1).split("\n")) {
    const parts = /^\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    demand(parts !== null, "a signature line is malformed");
    const signature = strictBase64(parts[2]);
    if (parts[1] !== verifier.name || !signature.subarray(0, 4).equals(verifier.id)) continue;
    demand(verify(null, Buffer.from(text), verifier.key, signature.subarray(4)), "the note's signature is wrong");
    good += 1;
  }
  demand(good > 0, "the note is not signed by the log's key");
  return text;
}

export function parseCheckpoint(text) {
  const lines = text.split("\n");
  demand(lines.length >= 4 && lines[0].length > 0, "the checkpoint is too short");
  demand(/^(0|[1-9][0-9]*)$/.test(lines[1]), "the checkpoint's size is malformed");
  const root = strictBase64(lines[2]);
  demand(root.length === 32, "the checkpoint's root is malformed");
  return { origin: lines[0], size: Number(lines[1]), root };
}

// ---- tiles ----

export function tilePath(level, index, width) {
  let digits = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    digits = `x${String(rest % 1000).padStart(3, "0")}/${digits}`;
  }
  return `tile/${level}/${digits}${width < TILE ? `.p/${width}` : ""}`;
}

// [path, width] of the tiles of one level in a tree with so many hashes at that level.
function tilesOfLevel(level, count) {
  const tiles = [];
  for (let index = 0; index * TILE < count; index += 1) {
    const width = Math.min(TILE, count - index * TILE);
    tiles.push([tilePath(level, index, width), width]);
  }
  return tiles;
}

export function pathsOfLog(size) {
  const paths = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE)) {
    for (const [path] of tilesOfLevel(level, count)) paths.push(path);
  }
  for (const [path] of tilesOfLevel("entries", size)) paths.push(path);
  return paths;
}

export function splitBundle(bytes, count) {
  const entries = [];
  let at = 0;
  while (at < bytes.length) {
    demand(at + 2 <= bytes.length, "an entry bundle ends inside a length");
    const length = bytes.readUInt16BE(at);
    demand(at + 2 + length <= bytes.length, "an entry bundle ends inside an entry");
    entries.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  demand(entries.length === count, `an entry bundle holds ${entries.length} entries, not ${count}`);
  return entries;
}

// An audit path from tiles alone, as a client that has no entries makes it.
function pathFromTiles(index, size, hashAt) {
  // The hash of leaves [from, to), a subtree of RFC 6962.
  const subtree = (from, to) => {
    const width = to - from;
    if (Number.isInteger(Math.log2(width)) && from % width === 0) {
      const level = Math.floor(Math.log2(width) / 8);
      const below = 256 ** level;
      const hashes = [];
      for (let at = from; at < to; at += below) hashes.push(hashAt(level, at / below));
      return treeRoot(hashes);
    }
    let split = 1;
    while (split * 2 < width) split *= 2;
    return nodeHash(subtree(from, from + split), subtree(from + split, to));
  };
  const path = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    let split = 1;
    while (split * 2 < to - from) split *= 2;
    if (index < from + split) {
      path.unshift(subtree(from + split, to));
      to = from + split;
    } else {
      path.unshift(subtree(from, from + split));
      from += split;
    }
  }
  return path;
}

// ---- DSSE ----

export function checkEnvelope(bytes, keys) {
  const envelope = JSON.parse(bytes.toString("utf8"));
  const payload = strictBase64(envelope.payload);
  const type = Buffer.from(envelope.payloadType, "utf8");
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload,
  ]);
  demand(Array.isArray(envelope.signatures) && envelope.signatures.length > 0, "an envelope has no signature");
  for (const { keyid, sig } of envelope.signatures) {
    const key = keys.get(keyid);
    demand(key !== undefined, `an envelope is signed by an unknown key ${keyid}`);
    demand(verify(null, signed, key, strictBase64(sig)), `the signature of ${keyid} is wrong`);
  }
  const statement = JSON.parse(payload.toString("utf8"));
  demand(envelope.payloadType === "application/vnd.in-toto+json", "an envelope holds no in-toto statement");
  demand(statement._type === "https://in-toto.io/Statement/v1", "a payload is no in-toto Statement v1");
  demand(Array.isArray(statement.subject) && statement.subject.length > 0, "a statement has no subject");
  return statement;
}

// Public keys by key id, as a verifier was given them: {"<key id>": "<base64 of 32 bytes>"}.
export function parseKeys(object) {
  return new Map(Object.entries(object).map(([id, text]) => [id, ed25519(strictBase64(text))]));
}

// ---- the whole log ----

// `files` maps paths ("checkpoint", "tile/0/000.p/5", ...) to bytes.
export function checkLog(files, verifier, keys) {
  const read = (path) => {
    demand(files.has(path), `${path} is missing`);
    return files.get(path);
  };
  const { origin, size, root } = parseCheckpoint(openNote(read("checkpoint"), verifier));
  demand(origin === verifier.name, "the checkpoint is of another log");
  const leaves = [];
  const statements = [];
  for (const [path, width] of tilesOfLevel("entries", size)) {
    for (const entry of splitBundle(read(path), width)) {
      leaves.push(leafHash(entry));
      statements.push(checkEnvelope(entry, keys));
    }
  }
  demand(treeRoot(leaves).equals(root), "the entries do not hash to the checkpoint's root");
  const levels = [];
  for (let hashes = leaves; hashes.length > 0;) {
    const level = levels.length;
    const stored = tilesOfLevel(level, hashes.length).map(([path, width]) => {
      demand(read(path).length === width * 32, `${path} has not ${width} hashes`);
      return read(path);
    });
    levels.push(Buffer.concat(stored));
    demand(levels[level].equals(Buffer.concat(hashes)), `the tiles of level ${level} are not the tree's`);
    const above = [];
    for (let at = 0; at + TILE <= hashes.length; at += TILE) above.push(treeRoot(hashes.slice(at, at + TILE)));
    hashes = above;
  }
  const hashAt = (level, index) => levels[level].subarray(index * 32, index * 32 + 32);
  for (let index = 0; index < size; index += 1 + Math.floor(size / 64)) {
    checkInclusion(index, size, leaves[index], pathFromTiles(index, size, hashAt), root);
  }
  return { origin, size, root, statements };
}

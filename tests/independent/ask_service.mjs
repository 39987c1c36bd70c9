// node ask_service.mjs HOST PORT SUBJECT [BODY]
//
// One NATS request in the protocol's own words (no client library): prints the replies of a second as a JSON array of
// {"headers": {...}, "body": "..."}.
import net from "node:net";

const [host, port, subject, body = ""] = process.argv.slice(2);
const inbox = `_INBOX.independent.${process.pid}`;
const replies = [];
let buffer = Buffer.alloc(0);

function parseHeaders(text) {
  const lines = text.split("\r\n").slice(1).filter((line) => line.length > 0);
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
}

function take() {
  for (;;) {
    const end = buffer.indexOf("\r\n");
    if (end < 0) return;
    const words = buffer.subarray(0, end).toString().split(/ +/);
    const verb = words[0].toUpperCase();
    if (verb === "PING") socket.write("PONG\r\n");
    if (verb === "-ERR") throw new Error(words.join(" "));
    if (verb !== "MSG" && verb !== "HMSG") {
      buffer = buffer.subarray(end + 2);
      continue;
    }
    const total = Number(words[words.length - 1]);
    const headed = verb === "HMSG" ? Number(words[words.length - 2]) : 0;
    if (buffer.length < end + 2 + total + 2) return;
    const message = buffer.subarray(end + 2, end + 2 + total);
    replies.push({ headers: parseHeaders(message.subarray(0, headed).toString()), body: message.subarray(headed).toString() });
    buffer = buffer.subarray(end + 2 + total + 2);
  }
}

const socket = net.connect(Number(port), host);
socket.on("data", (part) => {
  buffer = Buffer.concat([buffer, part]);
  take();
});
socket.on("connect", () => {
  const length = Buffer.byteLength(body);
  socket.write(`CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB ${inbox} 1\r\nPUB ${subject} ${inbox} ${length}\r\n${body}\r\n`);
});
setTimeout(() => {
  console.log(JSON.stringify(replies));
  socket.destroy();
}, 1000);

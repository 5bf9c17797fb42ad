// npm's ws as small as a hub gets: says hello, keeps the socket, passes a POST on. Argument: the
// package's directory. Prints its port.
"use strict";
const { createServer } = require("node:http");
const { WebSocketServer } = require(process.argv[2]);

const held = new Map();
const server = createServer((request, response) => {
  const body = [];
  request.on("data", (chunk) => body.push(chunk));
  request.on("end", () => {
    held.get(request.url.slice("/m/".length))?.send(Buffer.concat(body), { binary: false });
    response.end("{}");
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket, request) => {
  const id = request.url.slice(1);
  held.set(id, socket);
  socket.on("close", () => held.delete(id));
  socket.on("error", () => socket.terminate());
  socket.send('{"type":"welcome"}');
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log(server.address().port));

// Debian's Node.js 18 waits, when a server is closed, for connections that are only kept alive. Later ones end them, and
// lose nothing by its being done twice.
const { Server } = require('node:http');

const { close } = Server.prototype;
Server.prototype.close = function (...words) {
  const server = close.apply(this, words);
  this.closeIdleConnections();
  return server;
};

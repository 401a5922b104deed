// nodemailer's smtp-server as a mail host: who is not logged in may not send. One user, tim, with a
// password and an access token; refusals are in the library's own words.
//
// node server.js MODULES IDENTITY NAME=PORT...
//   MODULES   the node_modules directory
//   IDENTITY  PEM file with a certificate and its key
//   NAME      a key of `services`
'use strict';

const fs = require('fs');
const { createRequire } = require('module');
const path = require('path');

const [modules, identity, ...ports] = process.argv.slice(2);
const { SMTPServer } = createRequire(path.join(modules, 'x'))('smtp-server');

const USER = 'tim';
const PASSWORD = 'secret';
const TOKEN = 'an-access-token-of-tim';

const services = {
  submission: { authMethods: ['XOAUTH2', 'CRAM-MD5', 'PLAIN', 'LOGIN'] },
  smtps: { authMethods: ['XOAUTH2', 'CRAM-MD5', 'PLAIN', 'LOGIN'], secure: true },
  tokens: { authMethods: ['XOAUTH2'] },
};

function holds(auth) {
  if (auth.username !== USER) return false;
  if (auth.method === 'XOAUTH2') return auth.accessToken === TOKEN;
  if (auth.method === 'CRAM-MD5') return auth.validatePassword(PASSWORD);
  return auth.password === PASSWORD;
}

const pem = fs.readFileSync(identity);
for (const [name, port] of ports.map((argument) => argument.split('='))) {
  const server = new SMTPServer({
    ...services[name],
    name: 'mail.example.com',
    key: pem,
    cert: pem,
    disableReverseLookup: true,
    onAuth: (auth, session, done) => done(null, holds(auth) ? { user: USER } : {}),
  });
  // What clients break off is an error here, and would end the program if nobody listened.
  server.on('error', (error) => console.error(`${name}: ${error.message}`));
  server.listen(Number(port), '127.0.0.1');
}

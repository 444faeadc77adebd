// The other side of InteropTests: what npm's web-push encrypts and http_ece decrypts. A question is a line of JSON, and so is its answer.
// node interop.mjs WEB-FOLDER < questions > answers
import { createECDH } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(join(process.argv[2], 'package.json'));
const webPush = require('web-push');
const ece = require('http_ece');

const bytes = text => Buffer.from(text, 'base64url');

const answers = {
  // Encrypts as web-push does before it sends.
  encrypt: ({ p256dh, auth, plaintext }) => webPush.encrypt(p256dh, auth, bytes(plaintext), 'aes128gcm').cipherText,

  // Decrypts as a browser would.
  decrypt: ({ privateKey, auth, body }) => {
    const receiver = createECDH('prime256v1');
    receiver.setPrivateKey(bytes(privateKey));
    return ece.decrypt(bytes(body), { version: 'aes128gcm', privateKey: receiver, authSecret: auth });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  console.log(answers[question.ask](question).toString('base64url'));
}

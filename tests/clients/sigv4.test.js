// The signatures of sigv4-cases.json, which the unit tests hold our own signer to, are what two other implementations say.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import aws4 from 'aws4';

const cases = JSON.parse(readFileSync(new URL('./sigv4-cases.json', import.meta.url), 'utf8'));

class Sha256 {
  constructor(secret) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  update(data) {
    this.hash.update(data);
  }

  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

// Repeated headers arrive joined, as a server sees them.
function headersOf(signed) {
  const headers = {};
  for (const [name, value] of signed.headers) headers[name] = name in headers ? `${headers[name]},${value.trim()}` : value;
  return headers;
}

function queryOf(signed) {
  const query = {};
  for (const pair of signed.query.split('&').filter((part) => part.length > 0)) {
    const [name, value = ''] = pair.split('=').map(decodeURIComponent);
    query[name] = name in query ? [query[name], value].flat() : value;
  }
  return query;
}

const signatureOf = (authorization) => /Signature=([0-9a-f]{64})$/.exec(authorization)[1];

for (const signed of cases) {
  test(`sigv4: @smithy/signature-v4 signs alike: ${signed.name}`, async () => {
    const signer = new SignatureV4({
      service: signed.service, region: signed.region, sha256: Sha256, applyChecksum: false,
      credentials: { accessKeyId: signed.accessKeyId, secretAccessKey: signed.secret, sessionToken: signed.sessionToken || undefined },
    });
    const date = new Date(signed.time.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
    const { headers } = await signer.sign(
      { method: signed.method, protocol: 'https:', hostname: 'unused', path: signed.path, query: queryOf(signed), headers: headersOf(signed), body: signed.body },
      { signingDate: date },
    );
    assert.equal(signatureOf(headers.authorization), signed.signature);
  });

  test(`sigv4: aws4 signs alike: ${signed.name}`, { skip: signed.aws4 ?? false }, () => {
    const request = {
      method: signed.method, path: signed.path + (signed.query ? `?${signed.query}` : ''), service: signed.service, region: signed.region, body: signed.body,
      headers: { ...headersOf(signed), 'X-Amz-Date': signed.time, ...(signed.sessionToken ? { 'X-Amz-Security-Token': signed.sessionToken } : {}) },
      doNotModifyHeaders: true,
    };
    const signer = new aws4.RequestSigner(request, { accessKeyId: signed.accessKeyId, secretAccessKey: signed.secret });
    // It takes the clock's time where it must not touch the headers.
    signer.datetime = signed.time;
    signer.sign();
    assert.equal(signatureOf(request.headers.Authorization), signed.signature);
  });
}

/**
 * A key pair that certifies itself for localhost, for tests of trust only; valid until 2126.
 */
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';

export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeFJnRlNmmp7XLSPf
GwTBgakJDK1PsxODdrM7GDqiq6uhRANCAAQHe9ydhKm8r+KIZI6Vwdj3zKg7rgrx
zWfvAGRZDCKwAgErO1ah4H0WXffyBzPYb8jBvdGqneKM1O4n4GGSP6Aq
-----END PRIVATE KEY-----
`;

export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUc8LAZUQLsmfNWvYvaAJrKiKcAZkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzAxMjQzNVoYDzIxMjYxMDMw
MDEyNDM1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQHe9ydhKm8r+KIZI6Vwdj3zKg7rgrxzWfvAGRZDCKwAgErO1ah4H0W
XffyBzPYb8jBvdGqneKM1O4n4GGSP6Aqo28wbTAdBgNVHQ4EFgQULS0praJNCL/a
yCxfeKNxj3Q+IRAwHwYDVR0jBBgwFoAULS0praJNCL/ayCxfeKNxj3Q+IRAwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgbFWWYySQymB0unPwTIfi2EQPtgucIQ8G3cN29vaDscgCIQCw
OdEHVJIEX1s1SOfJFvlT+8xy3usixYztffSnIbOq1A==
-----END CERTIFICATE-----
`;

/** Another authority, which certified nothing; valid until 2126. */
export const OTHER_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBjzCCATWgAwIBAgIUBcw9UdbtUadG57YQoiQyEs3atIswCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRQW5vdGhlciBhdXRob3JpdHkwIBcNMjYxMTIzMDQ1MzE4WhgP
MjEyNjEwMzAwNDUzMThaMBwxGjAYBgNVBAMMEUFub3RoZXIgYXV0aG9yaXR5MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqiPmCr8VvNhNgnwen2+5Yucvyx9R+j3E
7rcCRL+6/FAFnBL16j6czp+yDZLtNkTYvfAF27Rnhj5xHBR4BfBq4qNTMFEwHQYD
VR0OBBYEFBDhnuNa1gYeMzymqREZyucpAbapMB8GA1UdIwQYMBaAFBDhnuNa1gYe
MzymqREZyucpAbapMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIg
Ldhuv9PlN5rLlhkoF7gw2i5BfkE9euIpH2gQUXcrIVQCIQCOOXah1/TNdIBZTv8j
HESkaRTkiOnOp+d6EH9FykbdsA==
-----END CERTIFICATE-----
`;

/** A server over TLS with that key pair, which hands everything on to another without TLS. */
export async function startTls(targetUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const { port } = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const server = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (socket) => {
    const target = connect(Number(port), '127.0.0.1');
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
    }
    socket.pipe(target).pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
